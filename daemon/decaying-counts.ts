/**
 * How often things happened lately, for a bounded number of things.
 * in: happenings by key. out: counts in which each weighs half as much after every half-life, and
 * the keys with the highest.
 */

import type { Clock } from '../protocols/clock.ts'

export interface DecayingCountsInit {
  halfLifeMs: number
  /** Keys remembered; those counted least make room. */
  maxKeys: number
}

/** Keys dropped at a time, so that a flood of new ones does not sort them all for each. */
const DROPPED_SHARE = 1 / 8

export class DecayingCounts {
  readonly #clock: Clock
  readonly #init: DecayingCountsInit
  /** log2 of the sum of 2^(time in half-lives): two of them compare alike at any time. */
  readonly #scores = new Map<string, number>()

  constructor (clock: Clock, init: DecayingCountsInit) {
    this.#clock = clock
    this.#init = init
  }

  /** `weight` is more than 0. */
  add (key: string, weight = 1): void {
    const score = this.#now() + Math.log2(weight)
    const before = this.#scores.get(key) ?? Number.NEGATIVE_INFINITY
    const [high, low] = [Math.max(score, before), Math.min(score, before)]
    this.#scores.set(key, high + Math.log2(1 + 2 ** (low - high)))
    if (this.#scores.size > this.#init.maxKeys) this.#shrink()
  }

  count (key: string): number {
    const score = this.#scores.get(key)
    return score == null ? 0 : 2 ** (score - this.#now())
  }

  delete (key: string): void {
    this.#scores.delete(key)
  }

  /** The keys counted most, the most first. */
  top (keys: number): Array<{ key: string, count: number }> {
    const now = this.#now()
    return this.#sorted().slice(0, keys).map(([key, score]) => ({ key, count: 2 ** (score - now) }))
  }

  /** What {@link load} takes, as of now. */
  entries (): Array<[key: string, count: number]> {
    return this.top(this.#init.maxKeys).map(({ key, count }) => [key, count])
  }

  /** Takes up counts as they were at `atMs`. */
  load (entries: Iterable<[key: string, count: number]>, atMs: number): void {
    const then = atMs / this.#init.halfLifeMs
    for (const [key, count] of entries) this.#scores.set(key, then + Math.log2(count))
    if (this.#scores.size > this.#init.maxKeys) this.#shrink()
  }

  #shrink (): void {
    const kept = Math.ceil(this.#init.maxKeys * (1 - DROPPED_SHARE))
    for (const [key] of this.#sorted().slice(kept)) this.#scores.delete(key)
  }

  #sorted (): Array<[string, number]> {
    return [...this.#scores].sort((a, b) => b[1] - a[1])
  }

  #now (): number {
    return this.#clock() / this.#init.halfLifeMs
  }
}
