/**
 * What routing tells the rest of a node.
 */

import type { Role } from '../../protocols/exchange/index.ts'

export interface Estimate {
  rttMs: number
  /** By ourselves; or from what others gossip, by a path over them or by their coordinates. */
  basis: 'measured' | 'path' | 'coordinates'
}

/** A way to a peer. */
export interface Route {
  /** Peer IDs of the relays between us and the target, in order; none to go directly. */
  hops: string[]
  rttMs: number
}

export interface RouteOptions {
  /** Peer IDs that shall not relay. */
  avoid?: ReadonlySet<string>
  /** {@link DEFAULT_MAX_RELAYS} */
  maxRelays?: number
}

/** A node we know of, with what we measured and what we would have guessed. */
export interface RouteRow {
  peer: string
  /** As it tells; unknown of a neighbour that has told nothing yet. */
  role?: Role
  region?: string
  /** The first relay, or the peer itself. */
  nextHop?: string
  /** Links to go; 1 to go directly. */
  hops?: number
  /** Over these links together. */
  pathMs?: number
  measuredMs?: number
  /** As if we had not measured it. */
  estimatedMs?: number
  /** Of the estimate. */
  basis?: Exclude<Estimate['basis'], 'measured'>
}

/** How far each node is, and over whom it is reached. Peers are named by the text of their ID. */
export interface Routes {
  /** Undefined for a peer of which nothing is known. */
  estimate (peer: string): Estimate | undefined
  routeTo (peer: string, options?: RouteOptions): Route | undefined
  /** Of all nodes that we know of, the nearest first. */
  rows (): RouteRow[]
}
