/**
 * How far other nodes are, and over whom they are reached, as the control API tells. Peers are
 * named by their IDs; what is not known is left out.
 */

import type { Role } from '../exchange/index.ts'

export interface RouteReport {
  peer: string
  role?: Role
  region?: string
  /** The first relay, or the peer itself. */
  nextHop?: string
  /** Links to go; 1 to go directly. */
  hops?: number
  /** Over these links together. */
  pathMs?: number
  /** By ourselves, smoothed. */
  measuredMs?: number
  /** What we would think, had we not measured it. */
  estimatedMs?: number
  /** What the estimate goes by: a way over others, or their coordinates. */
  basis?: 'path' | 'coordinates'
}

/** One of them in full. */
export interface RouteDetail extends RouteReport {
  /** Those who would relay, in order; none to go directly, nor where no way is known. */
  relays: string[]
}
