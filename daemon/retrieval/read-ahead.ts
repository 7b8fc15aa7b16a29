/**
 * What a listener will need next, fetched before it asks.
 * in: a window of segments, when each is needed. out: their blocks in the store; those that leave
 * the window are given up at once, those that come close are fetched with more urgency.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock, Timer } from '../../protocols/clock.ts'
import type { IndexedSegment, NumberedBlock } from '../../protocols/content/index.ts'
import type { Store } from '../store/index.ts'
import { pause, underSignal } from './abort.ts'
import type { BlockWant, Retrieval } from './types.ts'
import { priorityOf, risesInMs } from './urgency.ts'

export interface ReadAheadComponents {
  retrieval: Pick<Retrieval, 'block'>
  store: Pick<Store, 'has'>
  clock: Clock
  timer: Timer
  log: Logger
}

export interface Place { content: CID, rendition: string }

export interface Listening {
  /** When a segment will be played, as things stand. */
  neededMs: (segment: IndexedSegment) => number
  /** True while more is asked for than is played. */
  isDownload: () => boolean
}

/** Blocks fetched ahead at a time. */
export const PARALLEL_BLOCKS = 8

/** A block fetched ahead is given at least this long, and this much after it was needed. */
const PATIENCE_MS = 10_000

/** A listener that stands does not come closer: it is not looked at all the time. */
const MIN_PAUSE_MS = 100

export class ReadAhead {
  readonly #components: ReadAheadComponents
  readonly #place: Place
  readonly #listener: Listening
  /** Begun: each once while it is in the window, whatever came of it. */
  readonly #segments = new Map<number, AbortController>()
  #window: readonly IndexedSegment[] = []
  #blocks = 0
  #isHeld = false

  constructor (components: ReadAheadComponents, place: Place, listener: Listening) {
    this.#components = components
    this.#place = place
    this.#listener = listener
  }

  /** These are ahead now, in the order in which they are needed; nothing else is. */
  move (window: readonly IndexedSegment[]): void {
    this.#window = window
    const ahead = new Set(window.map(({ number }) => number))
    for (const [number, controller] of this.#segments) {
      if (!ahead.has(number)) {
        this.#segments.delete(number)
        controller.abort()
      }
    }
    this.#fill()
  }

  /** While held, nothing more is begun: it must not delay what is waited for. */
  hold (isHeld: boolean): void {
    this.#isHeld = isHeld
    this.#fill()
  }

  stop (): void {
    this.move([])
  }

  #fill (): void {
    for (const segment of this.#isHeld ? [] : this.#window) {
      if (this.#blocks >= PARALLEL_BLOCKS) {
        return
      }
      const missing = this.#segments.has(segment.number)
        ? []
        : segment.blocks.filter(({ cid }) => !this.#components.store.has(cid))
      if (missing.length > 0) {
        void this.#fetch(segment, missing)
      }
    }
  }

  /** Never rejects: whoever plays that far asks again, and is told then. */
  async #fetch (segment: IndexedSegment, missing: NumberedBlock[]): Promise<void> {
    const controller = new AbortController()
    this.#segments.set(segment.number, controller)
    this.#blocks += missing.length
    const { log } = this.#components
    await underSignal(async ({ signal }) => {
      await Promise.all(missing.map(block => this.#fetchBlock(block, segment, signal)))
    }, controller).catch((err: Error) => {
      log.trace('did not fetch segment %d ahead - %e', segment.number, err)
    })
    this.#blocks -= missing.length
    this.#fill()
  }

  /** Says it again with each rise of its priority. */
  async #fetchBlock (
    block: NumberedBlock, segment: IndexedSegment, signal: AbortSignal
  ): Promise<void> {
    const { retrieval, clock } = this.#components
    const want = (): BlockWant => {
      const neededMs = this.#listener.neededMs(segment)
      const priority = priorityOf(neededMs - clock(), false)
      const deadlineMs = Math.max(clock(), neededMs) + PATIENCE_MS
      const isDownload = this.#listener.isDownload()
      return { ...block, ...this.#place, priority, deadlineMs, neededMs, isDownload }
    }
    await underSignal(async ({ signal }) => {
      const fetched = retrieval.block(want(), { signal })
      void this.#rise(segment, signal, () => {
        retrieval.block(want(), { signal }).catch(() => {}) // The first call tells.
      })
      await fetched
    }, { signal })
  }

  async #rise (
    segment: IndexedSegment, signal: AbortSignal, raise: () => void
  ): Promise<void> {
    const { clock, timer } = this.#components
    const inMs = () => risesInMs(this.#listener.neededMs(segment) - clock())
    for (let ms = inMs(); ms != null; ms = inMs()) {
      await pause(timer, Math.max(ms, MIN_PAUSE_MS), signal)
      if (signal.aborted) {
        return
      }
      raise()
    }
  }
}
