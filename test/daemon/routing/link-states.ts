/**
 * Nodes that tell of their links, for tests: the same in every run, and without real keys.
 */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { type LinkState, type ShortId, shortIdOf } from '../../../protocols/rtt/index.ts'

export const NOW = 1_767_225_600_000
/** Of a record with its envelope. */
export const RECORD_BYTES = 390

const peers = new Map<number, PeerId>()

export function peerNumbered (number: number): PeerId {
  const known = peers.get(number)
  if (known != null) return known
  const raw = new Uint8Array(32)
  new DataView(raw.buffer).setUint32(0, number)
  const peer = peerIdFromPublicKey(publicKeyFromRaw(raw))
  peers.set(number, peer)
  return peer
}

export const idNumbered = (number: number): ShortId => shortIdOf(peerNumbered(number))
export const nameNumbered = (number: number): string => peerNumbered(number).toString()

/** `links`: RTTs by the number of the peer at the other end. */
export function linkState (
  number: number, links: Record<number, number>, changes: Partial<LinkState> = {}
): LinkState {
  return {
    network: 'test',
    peer: peerNumbered(number),
    role: 'peer',
    region: 'eu',
    seq: 1,
    issuedAtMs: NOW,
    links: Object.entries(links).map(([other, rttMs]) =>
      ({ peer: idNumbered(Number(other)), rttMs })),
    relays: true,
    ...changes
  }
}
