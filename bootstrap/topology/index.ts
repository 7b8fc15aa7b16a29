/**
 * Topology: the network that the tracker's records tell of, as a graph.
 * in: a tracker. out: the graph, ways through it, news of it, and HTTP for all of that.
 */

export { GraphFeed } from './graph-feed.ts'
export { Topology } from './topology.ts'
export { operatorRoutes, topologyRoutes } from './topology-routes.ts'
