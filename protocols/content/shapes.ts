/**
 * Shapes of fields that content root and index page share.
 */

import { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { assertCid, DAG_PB_CODE, RAW_CODE } from '../cid.ts'
import {
  MAX_BLOCK_BYTES, MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES, MAX_SEGMENT_DURATION_MS
} from '../limits.ts'
import { toThousandths } from './timeline.ts'

/** A CIDv1 of one of the codecs, under sha2-256. */
export const cid = (...codes: number[]) => z.custom<CID>(
  value => value instanceof CID && codes.includes(value.code) && isUsed(value),
  `not a CIDv1 of codec ${codes.map(code => `0x${code.toString(16)}`).join(' or ')} under sha2-256`
)

/** A whole number of at least one. */
export const count = z.int().check(z.positive())

/** Milliseconds to a thousandth, more than none. */
export const durationMs = z.number().check(z.positive(), z.refine(
  ms => toThousandths(ms) === ms, 'finer than a thousandth of a millisecond'
))

/** A block of media bytes. */
export const rawBlock = z.strictObject({
  cid: cid(RAW_CODE), size: count.check(z.maximum(MAX_BLOCK_BYTES))
})

/** The sum of a field. */
export const sum = <K extends string> (items: Array<Record<K, number>>, field: K): number =>
  items.reduce((total, item) => total + item[field], 0)

/** A segment and its blocks. */
export const segmentEntry = z.strictObject({
  durationMs: durationMs.check(z.maximum(MAX_SEGMENT_DURATION_MS)),
  size: count.check(z.maximum(MAX_SEGMENT_BYTES)),
  cid: cid(RAW_CODE, DAG_PB_CODE),
  blocks: z.optional(z.array(rawBlock).check(z.minLength(2), z.maxLength(MAX_SEGMENT_BLOCKS)))
}).check(z.refine(({ cid, size, blocks }) => blocks == null
  ? cid.code === RAW_CODE && size <= MAX_BLOCK_BYTES
  : cid.code === DAG_PB_CODE && size === sum(blocks, 'size'), 'CID, size and blocks do not agree'))

function isUsed (cid: CID): boolean {
  try {
    return assertCid(cid) === cid
  } catch {
    return false // The caller words the refusal.
  }
}
