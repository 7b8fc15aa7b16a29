/**
 * Retrieval: local store → peers → edges → origin, under one deadline for a segment.
 * in: a content ID, a rendition, a segment number. out: bytes that hash to what the publisher signed.
 */

export type {
  BlockBroker, BlockSource, BlockWant, Delivery, FetchedBlock, FetchedSegment, FetchOptions, Retrieval, SourceKind
} from './types.ts'
