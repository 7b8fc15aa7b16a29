/**
 * How far nodes are, as they tell each other.
 */

import type { PeerId } from '@libp2p/interface'
import type { Role } from '../exchange/index.ts'

/** The first 8 bytes of sha2-256 over a peer ID's multihash, as 16 hex digits. */
export type ShortId = string

/**
 * A node's place in a space whose distances are round-trip times: a plane, and a height above it
 * for what the node's own access adds to every path. Milliseconds.
 */
export interface Coordinate {
  x: number
  y: number
  heightMs: number
  /** How far off its distances are, as a share of them: 0 … 1, 1 for a node that knows nothing. */
  error: number
}

/** To one neighbour, as the node at this end measured it. */
export interface Link { peer: ShortId, rttMs: number }

/** What a node gossips of itself. Only the node can make one: it is signed with the node's key. */
export interface LinkState {
  network: string
  peer: PeerId
  role: Role
  region: string
  /** Only a higher one replaces a record. */
  seq: number
  issuedAtMs: number
  /** At most MAX_LINKS, to different peers. */
  links: Link[]
  /** It passes on what is wanted over it. */
  relays: boolean
  coordinate?: Coordinate
}
