/**
 * The requests for one block that are out.
 * in: a source, and what came before of the block. out: how far each has come; no more than a few
 * at once.
 */

import type { Clock } from '../../protocols/clock.ts'
import { ENDED } from './abort.ts'
import type { AnswerTimes } from './answer-times.ts'
import { givenUpMs, type Helper, helpDueMs, type Outstanding, silentMs, timesFor } from './hedge.ts'
import { lengthOf, type Part } from './parts.ts'
import type { Situation } from './situation.ts'
import type { BlockSource } from './types.ts'

export interface Ask extends Outstanding {
  readonly source: BlockSource
  readonly controller: AbortController
  /** What others sent: the bytes before those it is asked for. */
  readonly head: ReadonlyArray<Part<BlockSource>>
  /** What it sends, as far as it has come. */
  buffer: Uint8Array | undefined
  /** What its node had sent of anything when we last looked. */
  progress: number
}

/**
 * Bytes between two looks that count as coming: more than PINGs, less than the slowest link of use.
 */
const MIN_PROGRESS_BYTES = 4096

/** Higher: fewer bytes sent twice; lower: a way that is blocked costs less. */
export const OTHER_WAY_MS = 3_000

/** A timer later than this is our own stall: answers may be waiting to be read. */
const STALL_MS = 50
const MAX_STALL_CREDIT_MS = 250

export class Asks {
  readonly #clock: Clock
  readonly #times: AnswerTimes
  /** Oldest first. */
  readonly #asks = new Map<string, Ask>()

  constructor (components: { clock: Clock, times: AnswerTimes }) {
    this.#clock = components.clock
    this.#times = components.times
  }

  get size (): number {
    return this.#asks.size
  }

  /**
   * True while the source is asked, or its node by another way: what a slow node sends twice is
   * sent for nothing. A node silent for {@link OTHER_WAY_MS} may be reached by the other.
   */
  has ({ id, node }: Pick<BlockSource, 'id' | 'node'>): boolean {
    if (this.#asks.size === 0) {
      return false
    }
    const sinceMs = this.#clock() - OTHER_WAY_MS
    return this.#asks.has(id) || [...this.#asks.values()].some(({ source, startedMs }) =>
      source.node === node && startedMs > sinceMs)
  }

  /** True when all that its node is asked for has had its time. */
  isSilent ({ node }: Pick<BlockSource, 'node'>): boolean {
    const now = this.#clock()
    return this.all().every(ask => ask.source.node !== node || now >= silentMs(ask))
  }

  all (): Ask[] {
    return [...this.#asks.values()]
  }

  /** Those that have been silent for too long. */
  silent (): Ask[] {
    const now = this.#clock()
    return this.all().filter(ask => now >= silentMs(ask))
  }

  /** Those that were asked before, and are still out. */
  before (ask: Ask): Ask[] {
    return this.all().filter(({ startedMs }) => startedMs < ask.startedMs)
  }

  /**
   * When every one of them needs help, or, where none may be given, has been silent for too long;
   * epoch milliseconds, 0 when none is out.
   */
  helpMs (situation: Situation, mayRace: boolean, helper: Helper | undefined): number {
    return this.all().reduce((latest, ask) => {
      this.#listen(ask, situation.nowMs)
      const dueMs = mayRace
        ? helpDueMs(ask, situation, helper)
        : givenUpMs(ask, situation)
      return Math.max(latest, dueMs)
    }, 0)
  }

  open (source: BlockSource, situation: Situation, head: Ask['head']): Ask {
    const sizeBytes = Math.max(0, situation.sizeBytes - lengthOf(head))
    const { nowMs } = situation
    const ask: Ask = {
      ...timesFor(source, situation, this.#times.usualMs(source.kind)),
      source,
      head,
      sizeBytes,
      kind: source.kind,
      controller: new AbortController(),
      startedMs: nowMs,
      heardMs: nowMs,
      excusedMs: 0,
      receivedBytes: 0,
      firstMs: undefined,
      firstBytes: 0,
      buffer: undefined,
      progress: source.progress()
    }
    this.#asks.set(source.id, ask)
    return ask
  }

  /** Bytes of the block have come. */
  receive (ask: Ask, buffer: Uint8Array, received: number): void {
    const now = this.#clock()
    if (ask.firstMs == null) {
      ask.firstMs = now
      this.#times.add(ask.kind, now - ask.startedMs)
      ask.firstBytes = received
    }
    ask.buffer = buffer
    ask.receivedBytes = received
    ask.heardMs = now
  }

  /** The longest beginning of the block that is here, put together from whoever sent it. */
  head (): Ask['head'] {
    let longest: Ask['head'] = []
    let length = 0
    for (const ask of this.#asks.values()) {
      const reach = lengthOf(ask.head) + ask.receivedBytes
      if (reach > length) {
        longest = reachOf(ask)
        length = reach
      }
    }
    return longest
  }

  close (ask: Ask): void {
    if (this.#asks.get(ask.source.id) === ask) {
      this.#asks.delete(ask.source.id)
    }
  }

  /** Gives up the oldest until there is room for one of `most`; returns them. */
  makeRoom (most: number): Ask[] {
    const givenUp = this.all().slice(0, Math.max(0, this.#asks.size + 1 - most))
    for (const ask of givenUp) {
      this.close(ask)
      ask.controller.abort(ENDED)
    }
    return givenUp
  }

  /** A timer of ours came late: when it was us who slept, the sources get some time back. */
  credit (lateMs: number): void {
    if (lateMs > STALL_MS) {
      const endMs = this.#clock() + Math.min(lateMs, MAX_STALL_CREDIT_MS)
      for (const ask of this.#asks.values()) {
        ask.excusedMs = Math.max(ask.excusedMs, endMs)
      }
    }
  }

  abort (): void {
    for (const { controller } of this.#asks.values()) {
      controller.abort(ENDED)
    }
  }

  /** Bytes from the node, if not of this block, are a sign of life. */
  #listen (ask: Ask, nowMs: number): void {
    const progress = ask.source.progress()
    if (progress - ask.progress >= MIN_PROGRESS_BYTES) {
      ask.progress = progress
      ask.heardMs = nowMs
    }
  }
}

/** What is here of the block with what this one has sent. */
export function reachOf ({ head, source, buffer, receivedBytes }: Ask): Ask['head'] {
  return buffer == null || receivedBytes === 0
    ? head
    : [...head, { source, bytes: buffer.subarray(0, receivedBytes) }]
}

