/**
 * Getting content: the order of sources, and one deadline for a segment.
 */

import type { CID } from 'multiformats/cid'
import type { BlockRef, Manifest } from '../../protocols/content/index.ts'
import type { Priority, WantOptions } from '../../protocols/exchange/index.ts'

/**
 * Who is asked first: neighbours, servers where those cannot make it; or servers until they are
 * busy.
 */
export type RetrievalPolicy = 'peers-first' | 'server-first'

export type SourceKind = 'local' | 'peer' | 'edge' | 'origin'

/**
 * A block wanted, with what is known of where it stands. `size` is its own, or the most it may
 * have.
 */
export interface BlockWant extends BlockRef {
  content?: CID
  rendition?: string
  /** Its number in the rendition, when it is a segment's block. */
  number?: number
  priority: Priority
  /** When the fetch ends in failure, epoch milliseconds. */
  deadlineMs: number
  /**
   * When its media is to be played, epoch milliseconds: what urgency and hedging go by. Absent: as
   * soon as it can be had.
   */
  neededMs?: number
  /**
   * How many others come before us in fetching it from a server, so that a crowd asks for it once:
   * 0 when it is ours; for the others a fetch with slack waits. Absent: there are no others.
   */
  claim?: number
  /** The same of those in our region, for what only peers of other regions have. */
  regionClaim?: number
  /**
   * A number of its segment in the title, when relays on the way to a server shall keep their share
   * of it.
   */
  spread?: number
  /** Somebody takes the title as fast as it comes: others are not waited for long. */
  isDownload?: boolean
}

/** One place a block can be asked of. */
export interface BlockSource {
  readonly kind: Exclude<SourceKind, 'local'>
  /** Peer ID, or the URL of an edge or origin; the peer IDs on the way, where relays pass it on. */
  readonly id: string
  /**
   * Peer ID of the node behind it: one node may be reached in two ways. Ways over relays count for
   * themselves: when one is slow, another may not be.
   */
  readonly node: string
  /** Who hands us its bytes, and is to blame for wrong ones; the source itself unless given. */
  readonly sender?: string
  /** Names of the hops to it, itself last; only itself unless given. */
  readonly path?: readonly string[]
  readonly rttMs: number | undefined
  readonly rateBytesPerSecond: number | undefined
  readonly inFlight: number
  /** How good it is among neighbours, 0 … 1; absent where nobody scores. */
  readonly score?: number
  /** A peer of another region: one of ours gets a block from there for all. */
  readonly isFar?: boolean
  /**
   * Bytes the source has sent us so far, of anything: one that is slow can be told from one that is
   * mute.
   */
  readonly progress: () => number
  /**
   * 'have': holds it or can get it; 'loading': is getting it now; 'unknown': worth a try when
   * nobody has it.
   */
  readonly holds: 'have' | 'loading' | 'unknown'
  /**
   * Bytes as received, NOT verified, from the offset on, at most to `want.size`; undefined when it
   * does not have the block.
   */
  fetch (want: BlockWant, options: AskOptions): Promise<Uint8Array | undefined>
  /** Told that what it was asked for is wanted sooner, or for longer. */
  raise?(want: BlockWant): void
  /**
   * Of a server that may send us to the swarm: itself, asked as those ask who have no swarm, whom
   * it does not send away.
   */
  readonly insisting?: BlockSource
  /** Not asked before its last call: it has said that it has no room. */
  readonly isLastResort?: boolean
  /** Asks a relay on the way to keep the block, as the want says. */
  readonly spreads?: boolean
}

/** One request of one source. */
export interface AskOptions extends WantOptions {
  signal: AbortSignal
  /** Bytes of the block that we have already, 0 unless said otherwise. */
  offset?: number
}

/** Whose turn it is to fetch a block. */
export type Claims = Pick<BlockWant, 'claim' | 'regionClaim'>

/** A kind of place blocks come from. Retrieval verifies, stores, counts and penalises. */
export interface BlockBroker {
  readonly name: string
  /** Where the block may be had now. Who is banned or in backoff is left out by the asker. */
  sources (want: BlockWant): BlockSource[]
  /**
   * Told that one of its sources sent wrong bytes and is not asked until then (epoch milliseconds).
   */
  ban (sourceId: string, untilMs: number): void
  /** Told that somebody plays the title: find who has it. Never rejects. */
  seek (content: CID): void
  /**
   * True while a look for further sources is under way, so that "nobody has it" would be said too
   * soon.
   */
  isSeeking (content?: CID): boolean
  /** True while what it looks for takes longer than what is urgent may wait; false unless given. */
  readonly isSlow?: boolean
  /**
   * Resolves when the sources of `want` may be others than they are now, at the latest when the
   * signal aborts. Never rejects.
   */
  changed (want: BlockWant, options: { signal: AbortSignal }): Promise<void>
  /** A busy server said who else has the title: multiaddrs that end in /p2p/ID. Never rejects. */
  hint?(content: CID, providers: readonly string[]): void
  /** Looks again, unless it just did. True when a look is under way now. */
  renew?(content: CID): boolean
  /** As {@link BlockWant}'s, as those who play the title stand now. */
  claims?(want: Pick<BlockWant, 'cid' | 'content'>): Claims
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
  /** Who sent how much of it, in order, when it was more than one; `source` sent the last part. */
  parts?: Array<{ source: SourceKind, bytes: number }>
  /**
   * What was measured of it on its way, without the time it was waited for: bytes between two
   * moments, epoch milliseconds. Absent where it came from our own store.
   */
  wire?: { bytes: number, fromMs: number, toMs: number }
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
  /** One for each chunk. */
  deliveries: Delivery[]
}

/** A file of no title, of which the size is known. */
export interface FoundFile {
  cid: CID
  size: number
  /** @throws ContentNotFoundError DeadlineError */
  fetch (options?: SegmentOptions): Promise<FetchedSegment>
}

export interface FetchOptions {
  signal?: AbortSignal
  priority?: Priority
  /** Whole fetch, from now. */
  timeoutMs?: number
  /** As {@link BlockWant}'s. */
  neededMs?: number
  /** As {@link BlockWant}'s. */
  spread?: number
  /** As {@link BlockWant}'s. */
  isDownload?: boolean
}

export interface SegmentOptions extends FetchOptions {
  /**
   * Told of the blocks in the order of their bytes, each as soon as it and all before it are here,
   * verified.
   */
  onBlock?: (block: FetchedBlock) => void
}

export interface Retrieval {
  start (): Promise<void>
  stop (): Promise<void>
  /** @throws ContentNotFoundError DeadlineError InvalidRootError InvalidSignatureError */
  manifest (content: CID, options?: FetchOptions): Promise<Manifest>
  /** @throws NotInManifestError ContentNotFoundError DeadlineError InvalidPageError */
  segment (
    content: CID, rendition: string, number: number, options?: SegmentOptions
  ): Promise<FetchedSegment>
  /** @throws NotInManifestError ContentNotFoundError DeadlineError */
  init (content: CID, rendition: string, options?: FetchOptions): Promise<FetchedSegment>
  /**
   * A file of no title, by its CID: its root or only block is fetched at once.
   *
   * @throws ContentNotFoundError DeadlineError InvalidRootError
   */
  file (cid: CID, options?: FetchOptions): Promise<FoundFile>
  /** A block by its CID alone; `content` says where it belongs and who may have it. */
  block (want: Partial<BlockWant> & { cid: CID }, options?: FetchOptions): Promise<FetchedBlock>
}

/** Counters, in base units. Labels are source kinds only. */
export interface RetrievalMetrics {
  /** Verified bytes, by where they came from. */
  delivered (kind: SourceKind, bytes: number): void
  /** A block that did not hash to its CID, or was larger than it may be. */
  mismatch (kind: Exclude<SourceKind, 'local'>): void
  /** Bytes received that were of no use: of answers that lost a race, came late or were wrong. */
  wasted (kind: Exclude<SourceKind, 'local'>, bytes: number): void
  /** From asking for a block to having it verified. */
  fetchSeconds (kind: SourceKind, seconds: number): void
}

/** The titles we hold something of, kept over restarts by the caller. */
export interface TitleList {
  list (): Promise<CID[]>
  add (content: CID): Promise<void>
  remove (content: CID): Promise<void>
}
