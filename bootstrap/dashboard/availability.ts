/**
 * Who holds which part of a title. Pure.
 * in: its holders as the tracker has them, with what they last reported. out: a row each.
 *
 * Of a rendition held whole the announce is enough; of a part the report says which; of a part by a
 * node that does not report, or holds parts of many titles, only how much is known.
 */

import { base64 } from 'multiformats/bases/base64'
import type { CID } from 'multiformats/cid'
import type { Availability, AvailabilityRow } from '../../protocols/dashboard/index.ts'
import { MAX_REPORT_PARTS } from '../../protocols/limits.ts'
import { decodeReport, type HeldParts } from '../../protocols/tracker/index.ts'
import type { StoredProvider } from '../store.ts'

/** `holders` may be more than `maxRows`: then it is not whole. Without a rendition: the first. */
export function availabilityOf (
  content: CID, rendition: string | undefined, holders: readonly StoredProvider[], maxRows: number
): Availability {
  const renditions = [...new Set(holders.flatMap(one =>
    one.renditions.filter(({ held }) => held > 0).map(({ rendition }) => rendition)))].sort()
  const shown = rendition ?? renditions[0] ?? ''
  const rows = holders.flatMap(holder => rowOf(holder, content, shown)).sort(byWorth)
  return {
    content: content.toString(),
    rendition: shown,
    renditions,
    parts: Math.min(MAX_REPORT_PARTS, Math.max(0, ...rows.map(({ blocks }) => blocks))),
    rows: rows.slice(0, maxRows),
    isWhole: rows.length <= maxRows
  }
}

function rowOf (
  { record, renditions, report }: StoredProvider, content: CID, rendition: string
): AvailabilityRow[] {
  const known = renditions.find(one => one.rendition === rendition)
  if (known == null || known.held === 0) return []
  const { held, blocks } = known
  const { peer, role, region } = record
  const parts = held >= blocks
    ? new Uint8Array(Math.min(MAX_REPORT_PARTS, blocks)).fill(255)
    : heldIn(report).find(one => one.rendition === rendition && one.content.equals(content))?.parts
  return [{
    id: peer.toString(), role, region, held: Math.min(held, blocks), blocks,
    ...(parts != null && { parts: base64.baseEncode(parts) })
  }]
}

function heldIn (report: Uint8Array | undefined): HeldParts[] {
  try {
    return report == null ? [] : decodeReport(report).holds
  } catch {
    return [] // It is no report.
  }
}

function byWorth (a: AvailabilityRow, b: AvailabilityRow): number {
  return Number(a.role === 'peer') - Number(b.role === 'peer') ||
    b.held / b.blocks - a.held / a.blocks || (a.id < b.id ? -1 : 1)
}
