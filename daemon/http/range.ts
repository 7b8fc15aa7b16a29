/**
 * Byte ranges (RFC 9110, section 14). in: a Range header and the file's size. out: the one range to
 * send, or none, when the whole file is.
 */

import { RangeNotSatisfiableError } from '../../protocols/errors.ts'

/** First and last byte, both of them sent. */
export interface ByteRange { first: number, last: number }

const SINGLE = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i

/**
 * The range to send. Undefined for no header, one that is not of the form, and several ranges, all
 * of which a server may answer with the whole.
 *
 * @throws RangeNotSatisfiableError when no byte of it is in the file
 */
export function parseRange (header: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = SINGLE.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (first > last) throw new RangeNotSatisfiableError(size)
  return { first, last }
}

/** The bytes of `range` as views into `chunks`. */
export function sliceChunks (chunks: Uint8Array[], { first, last }: ByteRange): Uint8Array[] {
  const parts: Uint8Array[] = []
  let at = 0
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at))
    if (part.byteLength > 0) parts.push(part)
    at += chunk.byteLength
  }
  return parts
}
