/**
 * A round-trip time that does not jump.
 * in: single measurements. out: their exponential moving average, outliers left aside.
 */

/** Weight of a new sample. Higher: follows changes faster; lower: steadier. */
const ALPHA = 0.3
/** A time longer than so many of those before is believed when the next is as long. */
const OUTLIER = 3

export class SmoothedRtt {
  #rttMs: number | undefined
  #samples = 0
  /** The last one was out of line. */
  #isOdd = false

  /** Milliseconds; undefined until the first measurement. */
  get rttMs (): number | undefined { return this.#rttMs }
  /** Measurements so far, outliers among them. */
  get samples (): number { return this.#samples }

  add (sampleMs: number): void {
    this.#samples++
    this.#isOdd = !this.#isOdd && sampleMs > OUTLIER * (this.#rttMs ?? Infinity)
    if (this.#isOdd) return
    this.#rttMs = this.#rttMs == null ? sampleMs : this.#rttMs + ALPHA * (sampleMs - this.#rttMs)
  }
}
