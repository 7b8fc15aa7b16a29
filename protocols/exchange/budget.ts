/**
 * Bytes per second as a tree: what a peer takes is taken from its class and from the whole as well.
 * in: limits that may change between calls, and time. out: whether a piece may go now.
 *
 * A limit is a ceiling, not a share: what one branch leaves the others may use. It is kept over any
 * second: a bucket holds a twentieth of a second's bytes and is filled with the rest of them.
 */

import { DATA_BYTES } from './message.ts'

/** Share of a second that may go at once. Higher: late timers cost less; lower: smoother. */
const BURST = 0.05

/** Below some kB/s pieces would be tiny: then up to half a second's bytes may go at once. */
const MIN_BURST_BYTES = 1024

export class Budget {
  readonly #limit: () => number
  readonly #parent: Budget | undefined
  #tokens = Infinity
  #filledAtMs = 0

  /** @param limit - bytes per second, 0 for no limit; asked each time */
  constructor (limit: () => number, parent?: Budget) {
    this.#limit = limit
    this.#parent = parent
  }

  /** False when nothing here or above limits: then there is no need to look at the clock. */
  get isLimited (): boolean {
    return this.#limit() !== 0 || this.#parent?.isLimited === true
  }

  /** The most that may be spent after {@link waitMs} said 0. */
  get pieceBytes (): number {
    const rate = this.#limit()
    const own = rate === 0 ? DATA_BYTES : pieceOf(rate)
    return this.#parent == null ? own : Math.min(own, this.#parent.pieceBytes)
  }

  /**
   * 0 when a piece may go now, else the milliseconds until it may. Whoever shares a limit is told
   * the same, so that small pieces do not get ahead of large ones.
   */
  waitMs (nowMs: number): number {
    const above = this.#parent?.waitMs(nowMs) ?? 0
    const rate = this.#limit()
    if (rate === 0) {
      this.#tokens = Infinity
      return above
    }
    const burst = burstOf(rate)
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#tokens = Math.min(burst, this.#tokens + elapsedMs * (rate - burst) / 1000)
    this.#filledAtMs = nowMs
    const missing = pieceOf(rate) - this.#tokens
    return missing <= 0 ? above : Math.max(above, missing / (rate - burst) * 1000)
  }

  spend (bytes: number): void {
    this.#tokens = this.#limit() === 0 ? Infinity : this.#tokens - bytes
    this.#parent?.spend(bytes)
  }
}

const burstOf = (rate: number): number =>
  Math.max(rate * BURST, Math.min(MIN_BURST_BYTES, rate / 2))

/** Half of what may go at once: the other half fills up while a timer is late. */
const pieceOf = (rate: number): number =>
  Math.max(1, Math.min(DATA_BYTES, Math.floor(burstOf(rate) / 2)))
