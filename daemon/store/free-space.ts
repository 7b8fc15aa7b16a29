/**
 * How much the store may hold so that a share of the disk stays free for everyone else.
 */

import type { Clock } from '../../protocols/clock.ts'

/** How long a measurement is believed: longer is cheaper, shorter sees other writers sooner. */
const MEASURED_FOR_MS = 1000

/** Size of a disk and what ordinary users may still write to it, in bytes. */
export type MeasureDisk = () => Promise<{ sizeBytes: number, freeBytes: number }>

export class FreeSpace {
  readonly #measure: MeasureDisk
  readonly #keepFreeShare: number
  readonly #clock: Clock
  #measuredAtMs = Number.NEGATIVE_INFINITY
  #limitBytes = Number.POSITIVE_INFINITY

  constructor (measure: MeasureDisk, keepFreeShare: number, clock: Clock) {
    this.#measure = measure
    this.#keepFreeShare = keepFreeShare
    this.#clock = clock
  }

  /** What a store that holds `usedBytes` may hold at most, in bytes; never negative. */
  async limitBytes (usedBytes: number): Promise<number> {
    const now = this.#clock()
    if (now - this.#measuredAtMs >= MEASURED_FOR_MS) {
      this.#measuredAtMs = now
      const { sizeBytes, freeBytes } = await this.#measure()
      this.#limitBytes = Math.max(0, usedBytes + freeBytes - sizeBytes * this.#keepFreeShare)
    }
    return this.#limitBytes
  }
}
