/**
 * How an answer's bytes came, as headers. in: the deliveries of its blocks. out: `cdnd-source`
 * (the kind most came from), `cdnd-sources` (bytes of each), path, hops and RTT of that source.
 */

import type { Delivery, SourceKind } from '../retrieval/index.ts'

/** What a page's scripts may read besides the usual headers. */
export const EXPOSED_HEADERS = [
  'cdnd-source', 'cdnd-sources', 'cdnd-path', 'cdnd-hops', 'cdnd-rtt-ms', 'etag', 'content-range',
  'content-length', 'accept-ranges', 'retry-after'
]

const FARTHEST_FIRST: SourceKind[] = ['origin', 'edge', 'peer', 'local']

export function deliveryHeaders (deliveries: Delivery[]): Record<string, string> {
  const sums = FARTHEST_FIRST
    .map(kind => ({ kind, bytes: sumOf(deliveries.filter(({ source }) => source === kind)) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
  const main = deliveries.find(({ source }) => source === sums[0]?.kind)
  if (main === undefined) return {}
  return {
    'cdnd-source': main.source,
    'cdnd-sources': sums.map(({ kind, bytes }) => `${kind}=${bytes}`).join(','),
    'cdnd-path': main.path.map(encodeURIComponent).join(','),
    'cdnd-hops': String(main.path.length),
    ...(main.rttMs === undefined ? {} : { 'cdnd-rtt-ms': main.rttMs.toFixed(1) })
  }
}

function sumOf (deliveries: Delivery[]): number {
  return deliveries.reduce((sum, { bytes }) => sum + bytes, 0)
}
