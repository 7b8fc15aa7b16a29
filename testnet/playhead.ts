/**
 * Where a listener hears. in: media as it comes, on a clock that may run faster. out: when it began
 * to play, and where it stood still because a byte was missing.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../protocols/clock.ts'

/** Media that must be there before playback starts, milliseconds. */
export const START_MS = 1000

export class Playhead {
  /** Milliseconds from the first request until playback began; NaN before. */
  startUpMs = Number.NaN
  stalls = 0
  stalledMs = 0
  readonly #openedAtMs: number
  readonly #speed: number
  readonly #startMs: number
  readonly #clock: Clock
  #zeroAtMs = Number.NaN
  #availableMs = 0
  #isInStall = false

  /**
   * `durationMs` of all that is to be played; `speed` in playback seconds per second; `clock`:
   * {@link Performance.now} unless given.
   */
  constructor (
    init: { openedAtMs: number, speed: number, durationMs: number, clock?: Clock }
  ) {
    this.#clock = init.clock ?? (() => performance.now())
    this.#openedAtMs = init.openedAtMs
    this.#speed = init.speed
    this.#startMs = Math.min(START_MS, init.durationMs)
  }

  /** Milliseconds of media; 0 until playback begins. */
  get positionMs (): number {
    return this.#isRunning ? (this.#clock() - this.#zeroAtMs) * this.#speed : 0
  }

  /** Media is here, without a gap, up to `untilMs`. */
  advance (untilMs: number): void {
    const lateMs = this.positionMs - this.#availableMs
    // What is missing of one segment is one stall, in however many pieces it comes.
    if (lateMs > 0) {
      if (!this.#isInStall) this.stalls++
      this.stalledMs += lateMs / this.#speed
      this.#rewindTo(this.#availableMs)
    }
    this.#isInStall ||= lateMs > 0
    this.#availableMs = untilMs
    if (!this.#isRunning && untilMs >= this.#startMs) {
      this.startUpMs = this.#clock() - this.#openedAtMs
      this.#rewindTo(0)
    }
  }

  /** A whole segment is here: what is missing from now on is another stall. */
  endSegment (): void {
    this.#isInStall = false
  }

  async waitUntil (positionMs: number, signal?: AbortSignal): Promise<void> {
    const waitMs = this.waitMs(positionMs)
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
  }

  /** Until it is there, if nothing is missing on the way; 0 while it does not play. */
  waitMs (positionMs: number): number {
    return this.#isRunning ? Math.max(0, (positionMs - this.positionMs) / this.#speed) : 0
  }

  get #isRunning (): boolean { return !Number.isNaN(this.#zeroAtMs) }

  #rewindTo (positionMs: number): void {
    this.#zeroAtMs = this.#clock() - positionMs / this.#speed
  }
}
