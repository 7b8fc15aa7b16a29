/**
 * Links as a record carries them. in: short IDs with RTTs. out: ten bytes each, and back.
 *
 *   0   8  short ID
 *   8   2  RTT in tenths of a millisecond, big-endian, 1 … 65,535
 */

import { InvalidMessageError } from '../errors.ts'
import { MAX_LINKS } from '../limits.ts'
import { SHORT_ID_BYTES, shortIdBytes, shortIdFrom } from './short-id.ts'
import type { Link } from './types.ts'

export const LINK_BYTES = SHORT_ID_BYTES + 2
const TENTHS = 10
const MAX_TENTHS = 65_535

/** The first {@link MAX_LINKS}, rounded to what the wire can say. */
export function packLinks (links: readonly Link[]): Uint8Array {
  const told = links.slice(0, MAX_LINKS)
  const bytes = new Uint8Array(told.length * LINK_BYTES)
  const view = new DataView(bytes.buffer)
  told.forEach(({ peer, rttMs }, number) => {
    const at = number * LINK_BYTES
    bytes.set(shortIdBytes(peer), at)
    const tenths = Math.min(MAX_TENTHS, Math.max(1, Math.round(rttMs * TENTHS)))
    view.setUint16(at + SHORT_ID_BYTES, tenths)
  })
  return bytes
}

/** @throws InvalidMessageError for bytes of another form, or a peer named twice */
export function unpackLinks (bytes: Uint8Array): Link[] {
  const count = bytes.byteLength / LINK_BYTES
  if (!Number.isInteger(count) || count > MAX_LINKS) {
    throw new InvalidMessageError(`${bytes.byteLength} bytes are not a list of links`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const links = Array.from({ length: count }, (_, number) => {
    const at = number * LINK_BYTES
    const tenths = view.getUint16(at + SHORT_ID_BYTES)
    return { peer: shortIdFrom(bytes.subarray(at, at + SHORT_ID_BYTES)), rttMs: tenths / TENTHS }
  })
  if (links.some(({ rttMs }) => rttMs === 0)) {
    throw new InvalidMessageError('a link of no length')
  }
  if (new Set(links.map(({ peer }) => peer)).size < count) {
    throw new InvalidMessageError('two links to one peer')
  }
  return links
}
