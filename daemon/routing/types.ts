/**
 * What routing tells the rest of a node.
 */

import type { RouteReport } from '../../protocols/control/routes.ts'

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

/** How far each node is, and over whom it is reached. Peers are named by the text of their ID. */
export interface Routes {
  /** Undefined for a peer of which nothing is known. */
  estimate (peer: string): Estimate | undefined
  routeTo (peer: string, options?: RouteOptions): Route | undefined
  /** Of all nodes that we know of, the nearest first. */
  rows (): RouteReport[]
}
