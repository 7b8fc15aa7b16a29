/**
 * How a node does, for the dashboard: sums since it began to count, and what parts of titles it
 * holds. It rides in a heartbeat, whose signature covers it, when it says something new.
 * in: counts, or bytes from anybody. out: DAG-CBOR, or a report within its bounds.
 *
 *   {sinceMs, counts: {NAME: n, …}, starts?: [n, …],
 *    holds?: [{content: CID, rendition, parts: 1–64 bytes}]}
 *
 * Sums, so that nothing is lost with a heartbeat: readers take differences. A count of 0 is left
 * out. No addresses, no listeners, no titles but those that the node announces.
 */

import type { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { InvalidMessageError } from '../errors.ts'
import { MAX_REPORT_BYTES, MAX_REPORT_HOLDS, MAX_REPORT_PARTS } from '../limits.ts'
import { bytesUpTo, count, encodeFields, link, parseDagCbor, renditionName } from './fields.ts'
import { REPORT_COUNTS, type ReportCounts, START_CLASSES } from './report-counts.ts'

/** What is held of one rendition: 0 for none of a part … 255 for all of it, from first to last. */
export interface HeldParts { content: CID, rendition: string, parts: Uint8Array }

export interface NodeReport {
  /** When the counts began, epoch: another one says that they began anew. */
  sinceMs: number
  counts: ReportCounts
  /** Start-ups by {@link START_BOUNDS_MS}. */
  starts: number[]
  holds: HeldParts[]
}

const Report = z.object({
  sinceMs: count,
  counts: z.object(Object.fromEntries(REPORT_COUNTS.map(name => [name, z._default(count, 0)]))),
  starts: z._default(z.array(count).check(z.maxLength(START_CLASSES)), []),
  holds: z._default(z.array(z.object({
    content: link, rendition: renditionName, parts: bytesUpTo(MAX_REPORT_PARTS)
  })).check(z.maxLength(MAX_REPORT_HOLDS)), [])
})

/** All of it within the bounds: of more `holds` than fit the first are told. */
export function encodeReport ({ sinceMs, counts, starts, holds }: NodeReport): Uint8Array {
  const told = REPORT_COUNTS.map((name): [string, number] => [name, wholeNumber(counts[name])])
  const last = starts.findLastIndex(times => times > 0)
  const head = {
    sinceMs: wholeNumber(sinceMs),
    counts: Object.fromEntries(told.filter(([, sum]) => sum > 0)),
    starts: last < 0 ? undefined : starts.slice(0, last + 1).map(wholeNumber)
  }
  for (let most = Math.min(holds.length, MAX_REPORT_HOLDS); ; most--) {
    const bytes = encodeFields({ ...head, holds: most > 0 ? holds.slice(0, most) : undefined })
    if (bytes.byteLength <= MAX_REPORT_BYTES || most === 0) return bytes
  }
}

/** @throws InvalidMessageError */
export function decodeReport (bytes: Uint8Array): NodeReport {
  if (bytes.byteLength > MAX_REPORT_BYTES) {
    throw new InvalidMessageError(`a report of ${bytes.byteLength} bytes, over ${MAX_REPORT_BYTES}`)
  }
  const { starts, ...rest } = parseDagCbor(Report, bytes, 'report')
  const counts = rest.counts as ReportCounts
  return {
    ...rest, counts, starts: Array.from({ length: START_CLASSES }, (_, i) => starts[i] ?? 0)
  }
}

const wholeNumber = (value: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(value)))
