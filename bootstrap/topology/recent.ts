/**
 * A value that is made on demand, by one for all who ask meanwhile, and kept for a moment.
 * in: how it is made. out: the newest; the same object while nothing has changed.
 */

import type { Clock } from '../../protocols/clock.ts'

export interface RecentComponents<T> {
  clock: Clock
  make: (before: T | undefined) => Promise<T>
  isSame: (before: T, after: T) => boolean
}

/** A value is as good as new for so long. */
const FRESH_MS = 500
/** And for so many times what it took to make: a slow store is not asked all the time. */
const REST_TIMES = 20

export class Recent<T> {
  readonly #components: RecentComponents<T>
  #value: T | undefined
  #making: Promise<T> | undefined
  #freshUntilMs = Number.NEGATIVE_INFINITY

  constructor (components: RecentComponents<T>) {
    this.#components = components
  }

  async get (): Promise<T> {
    if (this.#value != null && this.#components.clock() < this.#freshUntilMs) return this.#value
    this.#making ??= this.#make().finally(() => { this.#making = undefined })
    return await this.#making
  }

  async #make (): Promise<T> {
    const { clock, make, isSame } = this.#components
    const sinceMs = clock()
    const before = this.#value
    const after = await make(before)
    const nowMs = clock()
    this.#freshUntilMs = nowMs + Math.max(FRESH_MS, (nowMs - sinceMs) * REST_TIMES)
    this.#value = before != null && isSame(before, after) ? before : after
    return this.#value
  }
}
