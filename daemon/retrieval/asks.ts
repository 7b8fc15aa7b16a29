/**
 * The requests for one block that are out.
 * in: a source and how long it may be silent. out: which have had their time; no more than a few at
 * once.
 */

import type { Clock } from '../../protocols/clock.ts'
import { MAX_PARALLEL_ASKS } from './pick.ts'
import type { BlockSource } from './types.ts'

export interface Ask {
  readonly source: BlockSource
  readonly controller: AbortController
  readonly startedMs: number
  /** Its time even if bytes keep coming. */
  readonly patienceEndMs: number
  /** Its time if nothing comes. */
  budgetEndMs: number
  /** What the source had sent when we last looked. */
  progress: number
}

/**
 * Bytes in one extension that count as coming: more than PINGs, less than the slowest link of use.
 */
const MIN_PROGRESS_BYTES = 4096
const EXTENSION_MS = 250

/** Higher: fewer bytes sent twice; lower: a way that is blocked costs less. */
export const OTHER_WAY_MS = 1_500

/** A timer later than this is our own stall: answers may be waiting to be read. */
const STALL_MS = 50
const MAX_STALL_CREDIT_MS = 250

export class Asks {
  readonly #clock: Clock
  /** Oldest first. */
  readonly #asks = new Map<string, Ask>()

  constructor (components: { clock: Clock }) {
    this.#clock = components.clock
  }

  get size (): number {
    return this.#asks.size
  }

  /** When the last of them has had its time, epoch milliseconds; 0 when none is out. */
  get budgetEndMs (): number {
    return Math.max(0, ...[...this.#asks.values()].map(ask => ask.budgetEndMs))
  }

  /**
   * True while the source is asked, or its node by another way: what a slow node sends twice is
   * sent for nothing. A node silent for {@link OTHER_WAY_MS} may be reached by the other.
   */
  has ({ id, node }: Pick<BlockSource, 'id' | 'node'>): boolean {
    const sinceMs = this.#clock() - OTHER_WAY_MS
    return this.#asks.has(id) || [...this.#asks.values()].some(({ source, startedMs }) =>
      source.node === node && startedMs > sinceMs)
  }

  sources (): BlockSource[] {
    return [...this.#asks.values()].map(({ source }) => source)
  }

  /** Those that have had their time. */
  silent (): Ask[] {
    const now = this.#clock()
    return [...this.#asks.values()].filter(({ budgetEndMs }) => now >= budgetEndMs)
  }

  open (source: BlockSource, budgetMs: number, patienceMs: number): Ask {
    const startedMs = this.#clock()
    const ask: Ask = {
      source,
      controller: new AbortController(),
      startedMs,
      patienceEndMs: startedMs + patienceMs,
      budgetEndMs: startedMs + budgetMs,
      progress: source.progress()
    }
    this.#asks.set(source.id, ask)
    return ask
  }

  close (ask: Ask): void {
    if (this.#asks.get(ask.source.id) === ask) {
      this.#asks.delete(ask.source.id)
    }
  }

  /** Those whose time is up and from whom bytes came meanwhile get some more. */
  extend (): void {
    const now = this.#clock()
    for (const ask of this.silent().filter(({ patienceEndMs }) => now < patienceEndMs)) {
      const progress = ask.source.progress()
      if (progress - ask.progress >= MIN_PROGRESS_BYTES) {
        ask.progress = progress
        ask.budgetEndMs = Math.min(now + EXTENSION_MS, ask.patienceEndMs)
      }
    }
  }

  /** Gives up the oldest when there is no room for another; returns it. */
  makeRoom (): Ask | undefined {
    const [oldest] = this.#asks.values()
    if (oldest == null || this.#asks.size < MAX_PARALLEL_ASKS) {
      return undefined
    }
    this.close(oldest)
    oldest.controller.abort()
    return oldest
  }

  /** A timer of ours came late: when it was us who slept, the sources get some time back. */
  credit (lateMs: number): void {
    if (lateMs > STALL_MS) {
      const endMs = this.#clock() + Math.min(lateMs, MAX_STALL_CREDIT_MS)
      for (const ask of this.#asks.values()) {
        ask.budgetEndMs = Math.max(ask.budgetEndMs, endMs)
      }
    }
  }

  abort (): void {
    for (const { controller } of this.#asks.values()) {
      controller.abort()
    }
  }
}
