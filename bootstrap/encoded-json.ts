/**
 * JSON as it is sent. in: an object that nobody changes any more.
 * out: its JSON and the ETag of that, made once.
 */

import { createHash } from 'node:crypto'

export interface EncodedJson { json: Buffer, etag: string }

const ETAG_LENGTH = 22
const encoded = new WeakMap<object, EncodedJson>()

export function encodedJson (value: object): EncodedJson {
  const known = encoded.get(value)
  if (known != null) return known
  const json = Buffer.from(JSON.stringify(value))
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, ETAG_LENGTH)
  const fresh = { json, etag: `"${hash}"` }
  encoded.set(value, fresh)
  return fresh
}
