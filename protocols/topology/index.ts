/**
 * Topology: the network as a bootstrap sees it, for people and for programs that draw it.
 * in: nothing but JSON. out: the shapes of `/graph`, `/path` and the events of `/graph/events`.
 */

export { differenceOf, isEqual, linkKey, withDelta } from './delta.ts'
export type { Graph, GraphDelta, GraphLink, GraphNode, GraphPath } from './types.ts'
