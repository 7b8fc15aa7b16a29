/**
 * A peer's name in link-state records: 8 bytes instead of 38, so that 16 links fit in one packet.
 * in: a peer ID. out: the first 8 bytes of sha2-256 over its multihash, as hex.
 *
 * To pass for another's takes 2^64 keys, and gains nothing: a link counts only when the record of
 * the other end, which has the whole ID, reports it too.
 */

import type { PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { sha256 } from '@noble/hashes/sha2.js'
import { LRUCache } from 'lru-cache'
import { upTo } from '../lru-bound.ts'
import type { ShortId } from './types.ts'

export const SHORT_ID_BYTES = 8

/** Peer IDs whose short form is remembered. */
const MAX_KNOWN = 4096
const HEX = 16

const known = new LRUCache<string, ShortId>(upTo(MAX_KNOWN))

/** @throws Error for text that is no peer ID */
export function shortIdOf (peer: PeerId | string): ShortId {
  const text = peer.toString()
  const found = known.get(text)
  if (found != null) return found
  const { bytes } = (typeof peer === 'string' ? peerIdFromString(peer) : peer).toMultihash()
  const short = shortIdFrom(sha256(bytes).subarray(0, SHORT_ID_BYTES))
  known.set(text, short)
  return short
}

export function shortIdFrom (bytes: Uint8Array): ShortId {
  let text = ''
  for (const byte of bytes) text += byte.toString(HEX).padStart(2, '0')
  return text
}

export function shortIdBytes (id: ShortId): Uint8Array {
  return Uint8Array.from({ length: SHORT_ID_BYTES }, (_, at) =>
    Number.parseInt(id.slice(2 * at, 2 * at + 2), HEX))
}
