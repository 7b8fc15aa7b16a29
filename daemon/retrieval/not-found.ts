/**
 * Blocks that nobody had when everybody was asked, for a short while.
 * in: searches that ended in vain. out: the same answer again, at no cost to those who were asked.
 *
 * It holds until its time is up, or somebody may have the block who was not asked: a new source, or
 * one that says by now that it holds it.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../protocols/clock.ts'
import { ContentNotFoundError } from '../../protocols/errors.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import { type BlockKey, keyOf } from '../store/key.ts'
import type { BlockBroker, BlockWant } from './types.ts'

/** Higher: fewer questions in vain; lower: found sooner once it is there. */
export const DEFAULT_NOT_FOUND_MS = 3_000

/** Blocks remembered; the longest known makes room. */
export const MAX_NOT_FOUND = 4096

interface Miss {
  untilMs: number
  message: string
  /** Who was there to be asked, and what they said to hold. */
  asked: ReadonlySet<string>
}

export class NotFoundMemory {
  readonly #clock: Clock
  readonly #brokers: readonly BlockBroker[]
  readonly #forMs: number
  readonly #misses = new LRUCache<BlockKey, Miss>(upTo(MAX_NOT_FOUND))

  constructor (
    { clock, brokers }: { clock: Clock, brokers: readonly BlockBroker[] },
    init: { forMs?: number } = {}
  ) {
    this.#clock = clock
    this.#brokers = brokers
    this.#forMs = init.forMs ?? DEFAULT_NOT_FOUND_MS
  }

  /** The search for `want` ended with `err`. */
  note (want: BlockWant, err: unknown): void {
    if (this.#forMs === 0 || !(err instanceof ContentNotFoundError)) return
    const untilMs = this.#clock() + this.#forMs
    this.#misses.set(keyOf(want.cid), {
      untilMs, message: err.message, asked: new Set(this.#claims(want))
    })
  }

  /** @throws ContentNotFoundError while it is known that nobody has the block */
  assertMayBeFound (want: BlockWant): void {
    const key = keyOf(want.cid)
    const miss = this.#misses.get(key)
    if (miss == null) return
    if (miss.untilMs > this.#clock() && this.#claims(want).every(claim => miss.asked.has(claim))) {
      throw new ContentNotFoundError(`${miss.message}, as a moment ago`)
    }
    this.#misses.delete(key)
  }

  #claims (want: BlockWant): string[] {
    return this.#brokers.flatMap(broker => broker.sources(want))
      .map(({ id, holds }) => `${id} ${holds}`)
  }
}
