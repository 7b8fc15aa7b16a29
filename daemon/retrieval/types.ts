/**
 * Getting content: the order of sources, and one deadline for a segment.
 */

import type { CID } from 'multiformats/cid'
import type { BlockRef, Manifest } from '../../protocols/content/index.ts'
import type { Priority } from '../../protocols/exchange/index.ts'

export type SourceKind = 'local' | 'peer' | 'edge' | 'origin'

/** A block wanted, with what is known of where it stands. */
export interface BlockWant extends BlockRef {
  content?: CID
  rendition?: string
  /** Its number in the rendition, when it is a segment's block. */
  number?: number
  priority: Priority
  /** Epoch milliseconds. */
  deadlineMs: number
}

/** One place a block can be asked of. */
export interface BlockSource {
  readonly kind: Exclude<SourceKind, 'local'>
  /** Peer ID, or the URL of an edge or origin. */
  readonly id: string
  readonly rttMs: number | undefined
  readonly rateBytesPerSecond: number | undefined
  readonly inFlight: number
  /** What the source is known to hold: 'have' is certain, 'unknown' is worth a try. */
  readonly holds: 'have' | 'loading' | 'unknown'
  /** Bytes as received, NOT verified; undefined when it does not have the block. */
  fetch (want: BlockWant, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>
}

/** A kind of place blocks come from. Retrieval verifies, stores, counts and penalises. */
export interface BlockBroker {
  readonly name: string
  /** Where the block may be had now, without those that are banned. */
  sources (want: BlockWant): BlockSource[]
  /** Told that the source sent wrong bytes: it is not offered again. */
  ban (sourceId: string, reason: Error): void
  /** Told that somebody plays the title: find who has it. Never rejects. */
  seek (content: CID): void
  /** Resolves when `sources` may have grown, at the latest when the signal aborts. */
  changed (options: { signal: AbortSignal }): Promise<void>
}

/** Where a block came from. */
export interface Delivery {
  source: SourceKind
  /** Peer ID or URL; undefined for our own store. */
  from?: string
  /** Names of the hops from us to the holder. */
  path: string[]
  rttMs?: number
  elapsedMs: number
  bytes: number
}

export interface FetchedBlock {
  bytes: Uint8Array
  delivery: Delivery
}

/** A segment or init section, whole and verified. */
export interface FetchedSegment {
  /** Concatenated they are the file. */
  chunks: Uint8Array[]
  size: number
  cid: CID
  deliveries: Delivery[]
}

export interface FetchOptions {
  signal?: AbortSignal
  priority?: Priority
  /** Whole fetch, from now. */
  timeoutMs?: number
}

export interface Retrieval {
  start (): Promise<void>
  stop (): Promise<void>
  /** @throws ContentNotFoundError InvalidRootError InvalidSignatureError */
  manifest (content: CID, options?: FetchOptions): Promise<Manifest>
  /** @throws NotInManifestError ContentNotFoundError DeadlineError */
  segment (content: CID, rendition: string, number: number, options?: FetchOptions): Promise<FetchedSegment>
  init (content: CID, rendition: string, options?: FetchOptions): Promise<FetchedSegment>
  /** A block by its CID alone; `content` says where it belongs and who may have it. */
  block (want: Partial<BlockWant> & { cid: CID }, options?: FetchOptions): Promise<FetchedBlock>
}
