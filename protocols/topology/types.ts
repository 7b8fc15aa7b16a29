/**
 * The network as a graph, in JSON: what a bootstrap answers, and its page draws.
 */

import type { Role } from '../exchange/index.ts'

/** Without addresses: a listener's are its own affair; a server's HTTP is public. */
export interface GraphNode {
  /** Peer ID. */
  id: string
  role: Role
  region: string
  /** How many titles it holds some of. */
  titles: number
  /** Base URL of an edge's or origin's public HTTP. */
  http?: string
  /** What a server serves as a share of what it serves well at once; may exceed 1. */
  load?: number
  /** True of those who hold some of the title asked about. */
  holds?: true
}

/** Between two nodes of the graph; `a` sorts before `b`. */
export interface GraphLink {
  a: string
  b: string
  /** The larger of the two. */
  rttMs: number
  /** From `a` to `b` as `a` measured it; absent when only `b` has. */
  aMs?: number
  bMs?: number
}

export interface Graph {
  nodes: GraphNode[]
  links: GraphLink[]
  /** False when there are more nodes or links than one answer has. */
  isWhole: boolean
}

/** What turns one graph into the next. */
export interface GraphDelta {
  /** New or changed. */
  nodes: GraphNode[]
  links: GraphLink[]
  /** Peer IDs of nodes that are gone, with their links. */
  gone: string[]
  /** Other links that are gone: `[a, b]`. */
  cut: Array<[a: string, b: string]>
  isWhole: boolean
}

/** A way through the graph. */
export interface GraphPath {
  from: string
  to: string
  /** Links on the way. */
  hops: number
  /** Over all links. */
  rttMs: number
  /** From the first node to the last, each with the RTT of the link that leads to it. */
  path: Array<Pick<GraphNode, 'id' | 'role' | 'region'> & { rttMs: number }>
}
