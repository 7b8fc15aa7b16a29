/**
 * Bytes per second, as a bucket that fills with time. The rate may change between calls.
 */

/** The bucket holds a tenth of a second, so that a rate is kept over any second. */
const BURST_SECONDS = 0.1

export class TokenBucket {
  readonly #minBurst: number
  #tokens: number
  #filledAtMs: number | undefined

  /** @param minBurst - the most bytes ever taken at once */
  constructor (minBurst: number) {
    this.#minBurst = minBurst
    this.#tokens = minBurst
  }

  /**
   * Takes `bytes` when they are there. Returns 0, or the milliseconds until they will be.
   *
   * @param rate - bytes per second, 0 for no limit
   */
  take (bytes: number, rate: number, nowMs: number): number {
    if (rate === 0) {
      this.#filledAtMs = undefined
      return 0
    }
    const burst = Math.max(this.#minBurst, rate * BURST_SECONDS)
    const elapsedMs = Math.max(0, nowMs - (this.#filledAtMs ?? nowMs))
    this.#tokens = Math.min(burst, this.#tokens + elapsedMs * rate / 1000)
    this.#filledAtMs = nowMs
    if (this.#tokens < bytes) {
      return (bytes - this.#tokens) / rate * 1000
    }
    this.#tokens -= bytes
    return 0
  }
}
