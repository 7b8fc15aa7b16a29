/**
 * Routing: which sources are near, good and to be trusted.
 * in: measurements and misdeeds. out: an order to ask in, and who is not asked at all.
 */

export { bounded, distanceMs, MAX_ERROR, misfit, NOWHERE, nextCoordinate } from './coordinates.ts'
export { EMA_ALPHA, ema } from './ema.ts'
export {
  DEFAULT_BUDGET_BYTES_PER_SECOND, type GossipCounts, LinkGossip, type LinkGossipComponents,
  type LinkGossipInit
} from './link-gossip.ts'
export {
  DEFAULT_RECORD_TTL_MS, DEFAULT_TABLE_BYTES, type KnownNode, LinkStateTable,
  type LinkStateTableComponents, type LinkStateTableInit
} from './link-state.ts'
export {
  DEFAULT_LINK_TIMEOUT_MS, type OwnLink, OwnLinks, type OwnLinksComponents, type OwnLinksInit
} from './own-links.ts'
export {
  MIN_SCORE, type PeerScore, PeerScores, type PeerScoresComponents, type PeerScoresInit
} from './peer-scores.ts'
export { DEFAULT_BAN_MS, type PenaltyInit, PenaltyBook } from './penalty.ts'
export {
  ASSUMED_RTT_MS, DEFAULT_WEIGHTS, type PeerFacts, type RankWeights, score, type Term, type Terms,
  termsOf
} from './rank.ts'
export type { Dropped } from './record-check.ts'
export { type Offence, Reputation, type ReputationInit } from './reputation.ts'
export {
  DEFAULT_MAX_RELAYS, RoutingTable, type RoutingTableComponents, type RoutingTableInit
} from './routing-table.ts'
export { settle, type Sighting } from './settle.ts'
export { type Graph, type Metric, nodesOf, type Path, shortestPaths } from './shortest-path.ts'
export { type SurveyedNeighbour, Surveyor, type SurveyorComponents } from './surveyor.ts'
export type { Estimate, Route, RouteOptions, Routes } from './types.ts'
