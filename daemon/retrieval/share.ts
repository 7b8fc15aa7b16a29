/**
 * Who of a swarm fetches a block from a server, so that a crowd asks for each block once.
 * in: the members one knows, a block. out: whose turn it is: the member's whose name weighs most
 * with the block's, then the next one's (rendezvous hashing). Pure.
 *
 * Equal views make equal turns. A member that leaves hands on its own blocks only; who knows fewer
 * members differs on those of the unknown ones only.
 */

import type { CID } from 'multiformats/cid'

export interface Member {
  /** Peer ID as text. */
  readonly id: string
  /** What its name adds to every weight. */
  readonly seed: number
  /** Where it stands, as far as it says so. */
  readonly region?: string
}

export function memberOf (id: string, region?: string): Member {
  return { id, seed: seedOf(id), ...(region != null && { region }) }
}

/** True of those who come before `self` in fetching the block. */
export function precedence (
  self: Member, { multihash: { digest } }: CID
): (other: Member) => boolean {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  const [high, low] = [view.getUint32(0), view.getUint32(4)]
  const weightOf = ({ seed }: Member): number => mixed(mixed(seed ^ high) ^ low)
  const own = weightOf(self)
  return other => {
    const weight = weightOf(other)
    return weight > own || (weight === own && other.id > self.id)
  }
}

/** FNV-1a. */
function seedOf (text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** MurmurHash3's last step: each bit of the number decides about half the bits of the result. */
function mixed (number: number): number {
  let hash = number
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b)
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35)
  return (hash ^ hash >>> 16) >>> 0
}
