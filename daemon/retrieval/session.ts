/**
 * One listener on one rendition.
 * in: the segments it asks for. out: those, and the next ones fetched ahead while nothing it waits
 * for is on its way. A seek gives up at once what is no longer ahead.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../../protocols/clock.ts'
import type { IndexedSegment, NumberedBlock } from '../../protocols/content/index.ts'
import type { Store } from '../store/index.ts'
import { underSignal } from './abort.ts'
import { Bell } from './bell.ts'
import type { FetchedSegment, FetchOptions, Retrieval } from './types.ts'

export interface SessionComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has'>
  clock: Clock
  log: Logger
}

export interface SessionInit {
  /**
   * Media fetched ahead of the playhead, {@link DEFAULT_AHEAD_MS}. Higher: rides out longer gaps;
   * lower: wastes less on who leaves.
   */
  aheadMs?: number
  /** Segments fetched ahead, {@link DEFAULT_AHEAD_SEGMENTS}; the sooner of the two ends it. */
  aheadSegments?: number
}

export const DEFAULT_AHEAD_MS = 30_000
export const DEFAULT_AHEAD_SEGMENTS = 16

/** Blocks fetched ahead at a time. */
const PARALLEL_BLOCKS = 4

/** A block fetched ahead is given at least this long. */
const MIN_PATIENCE_MS = 10_000

export class Session {
  readonly #components: SessionComponents
  readonly #content: CID
  readonly #rendition: string
  readonly #aheadMs: number
  readonly #aheadSegments: number
  readonly #rest = new Bell()
  #playhead: number | undefined
  /** The segment being fetched ahead. */
  #cursor = 0
  #reading: AbortController | undefined
  #waiting = 0
  #usedMs: number

  constructor (
    components: SessionComponents, content: CID, rendition: string, init: SessionInit = {}
  ) {
    this.#components = components
    this.#content = content
    this.#rendition = rendition
    this.#aheadMs = init.aheadMs ?? DEFAULT_AHEAD_MS
    this.#aheadSegments = init.aheadSegments ?? DEFAULT_AHEAD_SEGMENTS
    this.#usedMs = components.clock()
  }

  /** Of the last request, epoch milliseconds. */
  get usedMs (): number {
    return this.#usedMs
  }

  /** Serves a segment, and moves the window there. Fails as {@link Retrieval.segment} does. */
  async request (
    number: number, options: Omit<FetchOptions, 'priority'> = {}
  ): Promise<FetchedSegment> {
    const priority = this.#playhead == null ? 'urgent' : 'playing'
    this.#usedMs = this.#components.clock()
    this.#waiting++
    this.#move(number)
    try {
      return await this.#components.retrieval.segment(
        this.#content, this.#rendition, number, { ...options, priority }
      )
    } finally {
      this.#waiting--
      this.#rest.ring()
    }
  }

  stop (): void {
    this.#reading?.abort()
    this.#reading = undefined
  }

  #move (number: number): void {
    const isAhead = this.#playhead != null && number >= this.#playhead && number <= this.#cursor
    this.#playhead = number
    if (this.#reading != null && isAhead) {
      return
    }
    this.stop()
    const reading = new AbortController()
    this.#reading = reading
    void this.#readAhead(reading.signal)
      .catch((err: Error) => {
        // Whoever plays that far asks again, and is told then.
        this.#components.log.trace('stopped reading ahead in %c - %e', this.#content, err)
      })
      .finally(() => {
        if (this.#reading === reading) {
          this.#reading = undefined
        }
      })
  }

  async #readAhead (signal: AbortSignal): Promise<void> {
    await this.#untilAtRest(signal)
    const manifest = await this.#components.retrieval.manifest(this.#content, { signal })
    const index = manifest.index(this.#rendition)
    for (this.#cursor = this.#playhead! + 1; ; this.#cursor++) {
      this.#cursor = Math.max(this.#cursor, this.#playhead! + 1)
      if (this.#cursor >= index.next || this.#cursor > this.#playhead! + this.#aheadSegments) {
        return
      }
      const playing = await index.segment(this.#playhead!, { signal })
      const segment = await index.segment(this.#cursor, { signal })
      if (segment.startMs >= playing.startMs + playing.durationMs + this.#aheadMs) {
        return
      }
      await this.#fetch(segment, segment.startMs - playing.startMs, signal)
    }
  }

  async #fetch (segment: IndexedSegment, aheadMs: number, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#components
    const deadlineMs = clock() + Math.max(MIN_PATIENCE_MS, aheadMs)
    const missing = segment.blocks.filter(({ cid }) => !store.has(cid))
    await underSignal(async ({ signal }) => {
      const queue = missing.values()
      const work = async () => {
        for (const block of queue) {
          await this.#fetchBlock(block, deadlineMs, signal)
        }
      }
      await Promise.all(Array.from({ length: Math.min(PARALLEL_BLOCKS, missing.length) }, work))
    }, { signal })
  }

  async #fetchBlock (block: NumberedBlock, deadlineMs: number, signal: AbortSignal): Promise<void> {
    await this.#untilAtRest(signal)
    await this.#components.retrieval.block({
      ...block, content: this.#content, rendition: this.#rendition, priority: 'prefetch', deadlineMs
    }, { signal })
  }

  /** What is fetched ahead must not delay what is waited for. */
  async #untilAtRest (signal: AbortSignal): Promise<void> {
    while (this.#waiting > 0) {
      signal.throwIfAborted()
      await this.#rest.wait({ signal })
    }
    signal.throwIfAborted()
  }
}
