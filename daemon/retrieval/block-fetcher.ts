/**
 * One block, from wherever it is: our store, else the brokers' sources.
 * in: a want. out: verified bytes and how they came. Concurrent wants for a CID share one fetch;
 * what came from outside is stored behind the answer.
 */

import type { CID } from 'multiformats/cid'
import { DeadlineError, PeerBusyError } from '../../protocols/errors.ts'
import type { PutOptions, Store } from '../store/index.ts'
import { type BlockKey, keyOf } from '../store/key.ts'
import { abortable, untilDeadline } from './abort.ts'
import { AnswerTimes } from './answer-times.ts'
import { HedgeBudget } from './hedge-budget.ts'
import { Hunt, type HuntComponents } from './hunt.ts'
import type { NotFoundMemory } from './not-found.ts'
import { Shared } from './shared.ts'
import type { BlockWant, Delivery, FetchedBlock, RetrievalMetrics } from './types.ts'

export interface BlockFetcherComponents extends Omit<HuntComponents, 'budget' | 'times'> {
  store: Pick<Store, 'get' | 'has' | 'put'>
  /** Blocks nobody had a moment ago are not searched for again. */
  notFound?: NotFoundMemory
  /** Told of every block as it came to us, once for all who waited for it. */
  onBlock?: (want: BlockWant, delivery: Delivery) => void
}

/** Different blocks fetched at a time, over all callers. */
export const MAX_FETCHES = 1024

/** Bytes on their way to the store; past it, fetching waits for the disk. */
export const MAX_WRITING_BYTES = 32 * 1024 * 1024

const BUSY_RETRY_MS = 1000

interface Writing {
  bytes: Uint8Array
  done: Promise<void>
}

export class BlockFetcher {
  readonly #components: BlockFetcherComponents & HuntComponents
  readonly #shared = new Shared<FetchedBlock>()
  readonly #hunts = new Map<BlockKey, Hunt>()
  readonly #writing = new Map<BlockKey, Writing>()
  readonly #budget = new HedgeBudget()
  #writingBytes = 0

  constructor (components: BlockFetcherComponents) {
    this.#components = {
      ...components,
      budget: this.#budget,
      times: new AnswerTimes(),
      metrics: this.#spending(components.metrics)
    }
  }

  /**
   * @throws ContentNotFoundError DeadlineError UpstreamError InvalidCidError; PeerBusyError past
   * {@link MAX_FETCHES}
   */
  async fetch (want: BlockWant, options: { signal?: AbortSignal } = {}): Promise<FetchedBlock> {
    const key = keyOf(want.cid)
    const writing = this.#writing.get(key)
    if (writing != null) {
      return this.#local(writing.bytes, this.#components.clock())
    }
    if (this.#shared.size >= MAX_FETCHES) {
      throw new PeerBusyError(BUSY_RETRY_MS)
    }
    this.#hunts.get(key)?.raise(want)
    const expired = () => this.expired(want.cid)
    return await untilDeadline(this.#components, want.deadlineMs, expired, signal =>
      this.#shared.join(key, signal => this.#obtain(key, want, signal), { signal }), options)
  }

  /** In the store, or on its way there. */
  isKept (cid: CID): boolean {
    return this.#components.store.has(cid) || this.#writing.has(keyOf(cid))
  }

  /** Why a block that is being fetched is not here yet. */
  expired (cid: CID): Error {
    return this.#hunts.get(keyOf(cid))?.expired() ??
      new DeadlineError(`${cid} did not come in time`)
  }

  /** Ends what is being fetched, and waits for what is being stored. */
  async stop (reason: Error): Promise<void> {
    this.#shared.abort(reason)
    await Promise.all([...this.#writing.values()].map(({ done }) => done))
  }

  async #obtain (key: BlockKey, want: BlockWant, signal: AbortSignal): Promise<FetchedBlock> {
    const hunt = new Hunt(this.#components, want)
    this.#hunts.set(key, hunt)
    try {
      const sinceMs = this.#components.clock()
      const held = await this.#read(want.cid, signal)
      if (held != null) {
        return this.#told(want, this.#local(held, sinceMs))
      }
      const block = this.#told(want, await this.#search(hunt, want, signal))
      this.#count(block.delivery)
      await this.#keep(key, want, block.bytes, signal)
      return block
    } finally {
      if (this.#hunts.get(key) === hunt) {
        this.#hunts.delete(key)
      }
    }
  }

  async #search (hunt: Hunt, want: BlockWant, signal: AbortSignal): Promise<FetchedBlock> {
    const { notFound } = this.#components
    notFound?.assertMayBeFound(want)
    try {
      return await hunt.run(signal)
    } catch (err) {
      notFound?.note(want, err)
      throw err
    }
  }

  /** A store that fails to read costs a fetch, not the playback. */
  async #read (cid: CID, signal: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      return await this.#components.store.get(cid, { signal })
    } catch (err) {
      signal.throwIfAborted()
      this.#components.log.error('failed to read %c from the store - %e', cid, err)
    }
  }

  #told (want: BlockWant, block: FetchedBlock): FetchedBlock {
    this.#components.onBlock?.(want, block.delivery)
    return block
  }

  #local (bytes: Uint8Array, sinceMs: number): FetchedBlock {
    const elapsedMs = this.#components.clock() - sinceMs
    const delivery: Delivery = { source: 'local', path: [], elapsedMs, bytes: bytes.byteLength }
    this.#count(delivery)
    return { bytes, delivery }
  }

  /** Stores the block behind the answer, unless too much waits for the disk already. */
  async #keep (
    key: BlockKey, want: BlockWant, bytes: Uint8Array, signal: AbortSignal
  ): Promise<void> {
    const writing = { bytes, done: Promise.resolve() }
    this.#writing.set(key, writing)
    this.#writingBytes += bytes.byteLength
    writing.done = this.#write(key, want, bytes)
    if (this.#writingBytes > MAX_WRITING_BYTES) {
      await abortable(writing.done, signal)
    }
  }

  async #write (key: BlockKey, want: BlockWant, bytes: Uint8Array): Promise<void> {
    try {
      await this.#components.store.put(want.cid, bytes, placeOf(want))
    } catch (err) {
      // A full store must not stop the music; whoever waits for the block at our door is told.
      this.#components.log.error('failed to store %c - %e', want.cid, err)
      this.#components.board.missing(want)
    } finally {
      this.#writing.delete(key)
      this.#writingBytes -= bytes.byteLength
    }
  }

  /** The same, with waste paid from the budget. */
  #spending (metrics: RetrievalMetrics): RetrievalMetrics {
    return {
      delivered: (kind, bytes) => { metrics.delivered(kind, bytes) },
      mismatch: kind => { metrics.mismatch(kind) },
      fetchSeconds: (kind, seconds) => { metrics.fetchSeconds(kind, seconds) },
      wasted: (kind, bytes) => {
        this.#budget.spend(bytes)
        metrics.wasted(kind, bytes)
      }
    }
  }

  #count ({ source, bytes, elapsedMs, parts = [{ source, bytes }] }: Delivery): void {
    for (const part of parts) {
      this.#components.metrics.delivered(part.source, part.bytes)
      if (part.source !== 'local') {
        this.#budget.earn(part.bytes)
      }
    }
    this.#components.metrics.fetchSeconds(source, elapsedMs / 1000)
  }
}

/** Root, pages and init sections come before everything else of their title. */
function placeOf ({ content, rendition = '', number }: BlockWant): PutOptions {
  if (content == null) return {}
  return { place: { title: `${content}/${rendition}`, ...(number != null && { number }) } }
}
