/**
 * Titles, segments and blocks by name.
 * in: a content ID, a rendition, a segment number. out: verified bytes, under one deadline, and
 * where each block came from. An edge has a broker of origins only, an origin none at all.
 */

import type { ComponentLogger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../../protocols/cid.ts'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import {
  FILE_RENDITION, fileBlocks, type LoadBlock, type Manifest, type ManifestReading, openManifest
} from '../../protocols/content/index.ts'
import { NotInManifestError } from '../../protocols/errors.ts'
import { MAX_BLOCK_BYTES } from '../../protocols/limits.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import type { PenaltyBook } from '../routing/index.ts'
import type { Store } from '../store/index.ts'
import { untilDeadline } from './abort.ts'
import { assemble, type WholeFile } from './assemble.ts'
import { BlockFetcher } from './block-fetcher.ts'
import type { Holdings } from './holdings.ts'
import { noMetrics } from './metrics.ts'
import type { NotFoundMemory } from './not-found.ts'
import { Shared } from './shared.ts'
import type {
  BlockBroker, BlockWant, Claims, Delivery, FetchedBlock, FetchedSegment, FetchOptions, FoundFile,
  Retrieval, RetrievalMetrics, RetrievalPolicy, SegmentOptions
} from './types.ts'
import { DEFAULT_PLAYBACK_SPEED, timedBlocks } from './urgency.ts'

export interface RetrievalComponents {
  store: Pick<Store, 'get' | 'put' | 'has' | 'use'>
  /** In any order; none: what is not in the store is not found. */
  brokers: readonly BlockBroker[]
  holdings: Holdings
  penalties: PenaltyBook
  sha256: Sha256
  /** Absent: each manifest is read when it is opened. */
  reading?: ManifestReading
  clock: Clock
  timer: Timer
  random: Random
  logger: ComponentLogger
  metrics?: RetrievalMetrics
  /** What nobody had a moment ago is not searched for again. */
  notFound?: NotFoundMemory
  /** Told of every block as it came to us, once for all who waited for it. */
  onBlock?: (want: BlockWant, delivery: Delivery) => void
}

export interface RetrievalInit {
  /**
   * For a whole segment, or a manifest, {@link DEFAULT_FETCH_MS}. Lower: players hear of failure
   * sooner.
   */
  timeoutMs?: number
  /** Blocks of one segment under way, {@link DEFAULT_PARALLEL_BLOCKS}. */
  parallelBlocks?: number
  /** Manifests kept in memory, {@link DEFAULT_MAX_MANIFESTS}. */
  maxManifests?: number
  /** Who is asked first, 'peers-first' unless said otherwise. */
  policy?: RetrievalPolicy
  /**
   * What peers have together before servers are asked too, {@link PEER_TIME_MS}. Higher: fewer
   * bytes from servers; lower: less is waited for peers that are slow.
   */
  peerTimeMs?: number
  /** The fastest that players play, {@link DEFAULT_PLAYBACK_SPEED}. */
  playbackSpeed?: number
}

export const DEFAULT_FETCH_MS = 10_000
export const DEFAULT_PARALLEL_BLOCKS = 16
export const DEFAULT_MAX_MANIFESTS = 256

/** Of a file of no title, which may be much longer than a segment: as much as one in its time. */
const FILE_BYTES_PER_TIMEOUT = 8 * 1024 * 1024

/**
 * @example
 * const retrieval = createRetrieval()({ store, brokers: [peers, http], holdings, ...platform })
 * await retrieval.start()
 * const { chunks } = await retrieval.segment(content, '128k', 0)
 */
export const createRetrieval = (init: RetrievalInit = {}) =>
  (components: RetrievalComponents): Retrieval => new BrokeredRetrieval(components, init)

class BrokeredRetrieval implements Retrieval {
  readonly #components: RetrievalComponents
  readonly #timeoutMs: number
  readonly #parallelBlocks: number
  readonly #playbackSpeed: number
  readonly #fetcher: BlockFetcher
  readonly #manifests: LRUCache<string, Manifest>
  readonly #opening = new Shared<Manifest>()

  constructor (components: RetrievalComponents, init: RetrievalInit) {
    this.#components = components
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_FETCH_MS
    this.#parallelBlocks = init.parallelBlocks ?? DEFAULT_PARALLEL_BLOCKS
    this.#playbackSpeed = init.playbackSpeed ?? DEFAULT_PLAYBACK_SPEED
    this.#manifests = new LRUCache(upTo(init.maxManifests ?? DEFAULT_MAX_MANIFESTS))
    this.#fetcher = new BlockFetcher({
      ...components,
      metrics: components.metrics ?? noMetrics,
      board: components.holdings,
      ...(init.policy != null && { policy: init.policy }),
      ...(init.peerTimeMs != null && { peerTimeMs: init.peerTimeMs }),
      log: components.logger.forComponent('cdnd:retrieval')
    })
  }

  /** Nothing runs until something is asked for. */
  async start (): Promise<void> {}

  async stop (): Promise<void> {
    const reason = new DOMException('the node is stopping', 'AbortError')
    this.#opening.abort(reason)
    await this.#fetcher.stop(reason)
  }

  async manifest (content: CID, options: FetchOptions = {}): Promise<Manifest> {
    this.#seek(content)
    const known = this.#manifests.get(content.toString())
    // A title whose root was removed would be unknown again after a restart: it is fetched anew.
    if (known != null && this.#fetcher.isKept(content)) {
      return known
    }
    return await this.#timed(content, options, signal =>
      this.#opening.join(content.toString(), signal => this.#open(content, signal), { signal }))
  }

  async segment (
    content: CID, rendition: string, number: number, options: SegmentOptions = {}
  ): Promise<FetchedSegment> {
    const deadlineMs = this.#deadlineOf(options)
    const manifest = await this.manifest(content, options)
    const index = manifest.index(rendition)
    const segment = await this.#timed(content, options, signal =>
      index.segment(number, { signal }), deadlineMs)
    this.#components.holdings.learn(content, rendition, segment.blocks)
    this.#touch(manifest, rendition, number)
    const { neededMs } = options
    const blocks = neededMs == null
      ? segment.blocks
      : timedBlocks(segment, neededMs, this.#playbackSpeed)
    return await this.#assemble({ ...segment, blocks }, { content, rendition }, deadlineMs, options)
  }

  async init (
    content: CID, rendition: string, options: FetchOptions = {}
  ): Promise<FetchedSegment> {
    const deadlineMs = this.#deadlineOf(options)
    const manifest = await this.manifest(content, options)
    const { init } = manifest.index(rendition).rendition
    if (init == null) {
      throw new NotInManifestError(`rendition ${rendition} of ${content} has no init section`)
    }
    const whole = { ...init, blocks: [init] }
    return await this.#assemble(whole, { content, rendition }, deadlineMs, options)
  }

  async file (cid: CID, options: FetchOptions = {}): Promise<FoundFile> {
    const root = await this.block({ cid, content: cid }, options)
    const blocks = fileBlocks(cid, root.bytes)
    const [only] = blocks
    if (only?.cid.equals(cid)) {
      const { size } = only
      const whole = { chunks: [root.bytes], size, cid, deliveries: [root.delivery] }
      return { cid, size, fetch: async () => whole }
    }
    const size = blocks.reduce((sum, block) => sum + block.size, 0)
    const timeoutMs = this.#timeoutMs * Math.max(1, size / FILE_BYTES_PER_TIMEOUT)
    return {
      cid,
      size,
      fetch: async (options = {}) => await this.#assemble(
        { cid, size, blocks }, { content: cid, rendition: FILE_RENDITION },
        this.#deadlineOf({ timeoutMs, ...options }), options
      )
    }
  }

  async block (
    want: Partial<BlockWant> & { cid: CID }, options: FetchOptions = {}
  ): Promise<FetchedBlock> {
    this.#note(want)
    const { neededMs, priority = 'playing', spread, isDownload } = options
    const isShared = (want.priority ?? priority) !== 'offline'
    return await this.#fetcher.fetch({
      size: MAX_BLOCK_BYTES,
      priority,
      deadlineMs: this.#deadlineOf(options),
      ...(neededMs != null && { neededMs }),
      ...(isShared && this.#claims(want)),
      ...(spread != null && { spread }),
      ...(isDownload === true && { isDownload }),
      ...want
    }, options)
  }

  async #open (content: CID, signal: AbortSignal): Promise<Manifest> {
    const load: LoadBlock = async (cid, { maxBytes, signal }) => {
      const want = { cid, size: maxBytes, content, priority: 'urgent' } as const
      return (await this.block(want, signal == null ? {} : { signal })).bytes
    }
    const { sha256, reading } = this.#components
    const manifest = await openManifest(content, load, {
      sha256, signal, ...(reading != null && { reading })
    })
    this.#manifests.set(content.toString(), manifest)
    this.#components.holdings.open(content, manifest.root)
    return manifest
  }

  async #assemble (
    whole: WholeFile, place: { content: CID, rendition: string }, deadlineMs: number,
    { onBlock, ...options }: SegmentOptions
  ): Promise<FetchedSegment> {
    return await assemble(whole, (block, signal) =>
      this.block({ ...block, ...place, deadlineMs }, { ...options, signal }), {
      parallelBlocks: this.#parallelBlocks,
      ...(onBlock != null && { onBlock }),
      ...(options.signal != null && { signal: options.signal })
    })
  }

  /**
   * Playing reads root and page from memory; the store must not take that for disuse and evict them
   * first.
   */
  #touch ({ id, root }: Manifest, rendition: string, number: number): void {
    let segments = 0
    const page = root.renditions.find(({ name }) => name === rendition)?.pages.find(page => {
      segments += page.segments
      return number < segments
    })
    for (const cid of page == null ? [id] : [id, page.cid]) this.#components.store.use(cid)
  }

  /** Looks for who has the block's title; once here, the block is known to be. */
  #note ({ cid, size = MAX_BLOCK_BYTES, content, rendition, number }: Partial<BlockWant> & {
    cid: CID
  }): void {
    if (content != null) {
      this.#seek(content)
      if (rendition != null && number != null) {
        this.#components.holdings.learn(content, rendition, [{ cid, size, number }])
      }
    }
  }

  /** Who only keeps a title takes its blocks in an order of its own: nobody should wait for it. */
  #claims (want: Pick<BlockWant, 'cid' | 'content'>): Claims {
    for (const broker of this.#components.brokers) {
      const claims = broker.claims?.(want)
      if (claims?.claim != null) return claims
    }
    return {}
  }

  #seek (content: CID): void {
    for (const broker of this.#components.brokers) {
      broker.seek(content)
    }
  }

  #deadlineOf ({ timeoutMs }: FetchOptions): number {
    return this.#components.clock() + (timeoutMs ?? this.#timeoutMs)
  }

  #timed<T> (
    content: CID, options: FetchOptions, run: (signal: AbortSignal) => Promise<T>,
    deadlineMs = this.#deadlineOf(options)
  ): Promise<T> {
    const expired = () => this.#fetcher.expired(content)
    return untilDeadline(this.#components, deadlineMs, expired, run, options)
  }
}
