/**
 * Routing: which sources are near, good and to be trusted.
 * in: measurements and misdeeds. out: an order to ask in, and who is not asked at all.
 */

export { EMA_ALPHA, ema } from './ema.ts'
export {
  MIN_SCORE, type PeerScore, PeerScores, type PeerScoresComponents, type PeerScoresInit
} from './peer-scores.ts'
export { DEFAULT_BAN_MS, type PenaltyInit, PenaltyBook } from './penalty.ts'
export {
  DEFAULT_WEIGHTS, type PeerFacts, type RankWeights, score, type Term, type Terms, termsOf
} from './rank.ts'
export type { Estimate, Route, RouteOptions, RouteRow, Routes } from './types.ts'
