/**
 * DAG-CBOR of which there is only one spelling.
 * in: untrusted bytes and the shape they must have. out: the value, or why it is refused.
 */

import { decode, encode } from '@ipld/dag-cbor'
import { equals } from 'multiformats/bytes'
import type * as z from 'zod/mini'
import { $ZodError } from 'zod/v4/core'
import { en } from 'zod/v4/locales'

/** What the bytes must be, and the error that says they are not. */
export interface Form<T> {
  /** As the error calls it, e.g. `content root`. */
  name: string
  schema: z.ZodMiniType<T>
  maxBytes: number
  Refusal: new (message: string, options?: ErrorOptions) => Error
}

const MAX_REASON_LENGTH = 200

/** What is wrong is said in words, which this zod does not bring along by itself. */
const inWords = { error: en().localeError }

/** The value in `bytes`. Throws only `form.Refusal`. */
export function decodeCanonical<T> (bytes: Uint8Array, form: Form<T>): T {
  assertLength(bytes, form)
  return refusing(form, () => {
    const value = form.schema.parse(decode(bytes), inWords)
    // Two spellings of one value would be two CIDs, and two signed texts, for one title.
    if (!equals(encode(value), bytes)) {
      throw new Error('not in canonical DAG-CBOR')
    }
    return value
  })
}

/** The bytes of `value`. Throws only `form.Refusal`, also for what a decoder would refuse. */
export function encodeCanonical<T> (value: T, form: Form<T>): Uint8Array {
  const bytes = refusing(form, () => encode(form.schema.parse(value, inWords)))
  assertLength(bytes, form)
  return bytes
}

function assertLength<T> (bytes: Uint8Array, { name, maxBytes, Refusal }: Form<T>): void {
  if (bytes.byteLength > maxBytes) {
    throw new Refusal(`a ${name} of ${bytes.byteLength} bytes is over the limit of ${maxBytes}`)
  }
}

function refusing<T, R> ({ name, Refusal }: Form<T>, work: () => R): R {
  try {
    return work()
  } catch (cause) {
    throw new Refusal(`not a ${name}: ${reason(cause).slice(0, MAX_REASON_LENGTH)}`, { cause })
  }
}

function reason (cause: unknown): string {
  const issue = cause instanceof $ZodError ? cause.issues[0] : undefined
  return issue == null ? String(cause) : `${issue.path.join('.')}: ${issue.message}`
}
