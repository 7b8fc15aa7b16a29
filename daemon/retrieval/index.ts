/**
 * Retrieval: local store → peers → edges → origin, under one deadline for a segment.
 * in: a content ID, a rendition, a segment number. out: bytes that hash to what the publisher
 * signed.
 */

export { adoptTitle } from './adopt-title.ts'
export { Holdings, type HoldingsComponents, type HoldingsInit } from './holdings.ts'
export { HttpBroker, type HttpBrokerComponents, type HttpBrokerInit } from './http-broker.ts'
export { nearOrFar } from './near-and-far.ts'
export {
  Neighbourhood, type NeighbourhoodComponents, type NeighbourhoodInit
} from './neighbourhood.ts'
export { PeerBroker, type PeerBrokerComponents, type PeerBrokerInit } from './peer-broker.ts'
export { DEFAULT_NOT_FOUND_MS, NotFoundMemory } from './not-found.ts'
export { restrictTo } from './restrict.ts'
export { ownReport, type OwnReportComponents } from './own-report.ts'
export type { PlaybackMetrics } from './playback.ts'
export { PlaybackCounts } from './playback-counts.ts'
export { createRetrieval, type RetrievalComponents, type RetrievalInit } from './retrieval.ts'
export {
  type SessionRequest, Sessions, type SessionsComponents, type SessionsInit
} from './sessions.ts'
export type {
  AskOptions, BlockBroker, BlockSource, BlockWant, Delivery, FetchedBlock, FetchedSegment,
  FetchOptions, FoundFile, Retrieval, RetrievalMetrics, RetrievalPolicy, SourceKind, TitleList
} from './types.ts'
