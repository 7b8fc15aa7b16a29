/**
 * Shapes of fields that content root and index page share.
 */

import { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { assertCid, RAW_CODE } from '../cid.ts'
import { MAX_BLOCK_BYTES } from '../limits.ts'
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

function isUsed (cid: CID): boolean {
  try {
    return assertCid(cid) === cid
  } catch {
    return false // The caller words the refusal.
  }
}
