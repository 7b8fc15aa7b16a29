/**
 * How an answer's bytes came, as headers. in: the deliveries of its blocks. out: `cdnd-source`
 * (the kind most came from), `cdnd-sources` (bytes of each), path, hops and RTT of that source.
 */

import type { Delivery, SourceKind } from '../retrieval/index.ts'

export const SOURCE_HEADERS = [
  'cdnd-source', 'cdnd-sources', 'cdnd-path', 'cdnd-hops', 'cdnd-rtt-ms'
]

type Kinds = Partial<Record<SourceKind, number>>

const FARTHEST_FIRST: SourceKind[] = ['origin', 'edge', 'peer', 'local']

export function deliveryHeaders (deliveries: Delivery[]): Record<string, string> {
  if (deliveries.length === 0) return {}
  if (deliveries.every(({ source }) => source === 'local')) return localHeaders(deliveries)
  const sums: Kinds = {}
  for (const { source, bytes } of deliveries.flatMap(delivery => delivery.parts ?? delivery)) {
    sums[source] = (sums[source] ?? 0) + bytes
  }
  const kinds = FARTHEST_FIRST.filter(kind => sums[kind])
  if (kinds.length > 1) kinds.sort((a, b) => sums[b]! - sums[a]!)
  const main = deliveries.find(({ source }) => source === kinds[0]) ?? deliveries[0]!
  return {
    'cdnd-source': main.source,
    'cdnd-sources': kinds.map(kind => `${kind}=${sums[kind]}`).join(','),
    'cdnd-path': main.path.map(encodeURIComponent).join(','),
    'cdnd-hops': String(main.path.length),
    ...(main.rttMs === undefined ? {} : { 'cdnd-rtt-ms': main.rttMs.toFixed(1) })
  }
}

/** What a player is answered most of the time. */
function localHeaders (deliveries: Delivery[]): Record<string, string> {
  const bytes = deliveries.reduce((sum, delivery) => sum + delivery.bytes, 0)
  return { 'cdnd-source': 'local', 'cdnd-sources': `local=${bytes}`, 'cdnd-hops': '0' }
}
