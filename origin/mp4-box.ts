/**
 * ISO/IEC 14496-12 boxes: 4 bytes size, 4 bytes type, contents, which may be boxes again.
 * in: the bytes of an fMP4 file or of a box. out: the boxes in it, as views.
 */

import { InvalidMediaError } from '../protocols/errors.ts'

export interface Box {
  type: string
  body: Uint8Array
}

/** Version and flags, which "full" boxes have before their fields. */
export const FULL_BOX_BYTES = 4

const HEADER_BYTES = 8

/** @throws InvalidMediaError when a box does not fit */
export function * boxes (bytes: Uint8Array): Generator<Box> {
  const view = viewOf(bytes)
  for (let at = 0; at + HEADER_BYTES <= bytes.byteLength;) {
    const size = view.getUint32(at)
    if (size < HEADER_BYTES || at + size > bytes.byteLength) {
      throw new InvalidMediaError('an MP4 box does not fit in what holds it')
    }
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + HEADER_BYTES))
    yield { type, body: bytes.subarray(at + HEADER_BYTES, at + size) }
    at += size
  }
}

/** Contents of all boxes at the end of a path of types. */
export function findAll (bytes: Uint8Array, ...path: string[]): Uint8Array[] {
  return path.reduce((bodies, type) => bodies.flatMap(
    body => Array.from(boxes(body)).filter(box => box.type === type).map(box => box.body)
  ), [bytes])
}

/** Contents of the first. @throws InvalidMediaError when there is none */
export function findFirst (bytes: Uint8Array, ...path: string[]): Uint8Array {
  const [body] = findAll(bytes, ...path)
  if (body == null) throw new InvalidMediaError(`there is no MP4 box ${path.join('/')}`)
  return body
}

export function viewOf (bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
