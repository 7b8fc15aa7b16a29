/**
 * Bytes per second that a neighbour sends while it sends, smoothed. Pure in its arguments.
 *
 * The round trip before the first bytes is no part of it, or small answers would make a fast link
 * look slow; a longer wait is: there the neighbour had no room for us.
 */

const SMOOTHING = 0.3
/** A sample spans this much, unless nothing more is awaited before. */
const SAMPLE_MS = 50
const MIN_ELAPSED_MS = 0.1

/** Fewer bytes tell nothing of the link. */
export const MIN_SAMPLE_BYTES = 16 * 1024

export class Throughput {
  #rate: number | undefined
  /** When what we wait for was asked for; undefined while bytes flow. */
  #askedMs: number | undefined
  #sinceMs = 0
  #bytes = 0

  get bytesPerSecond (): number | undefined {
    return this.#rate
  }

  /** Something is asked for, and nothing else is awaited. */
  begin (nowMs: number): void {
    this.#askedMs = nowMs
  }

  /** Bytes are there. `rttMs`: of the neighbour, 0 while unknown. */
  add (bytes: number, rttMs: number, nowMs: number): void {
    if (this.#askedMs != null) {
      const dueMs = this.#askedMs + rttMs
      const isLate = nowMs - dueMs > SAMPLE_MS
      this.#askedMs = undefined
      this.#sinceMs = isLate ? dueMs : nowMs
      // The first to come in time have taken no time that we could measure.
      this.#bytes = isLate ? bytes : 0
      return
    }
    this.#bytes += bytes
    if (nowMs - this.#sinceMs >= SAMPLE_MS) {
      this.#sample(nowMs)
    }
  }

  /** Nothing more is awaited. */
  rest (nowMs: number): void {
    if (this.#askedMs == null) {
      this.#sample(nowMs)
    }
    this.#bytes = 0
  }

  #sample (nowMs: number): void {
    if (this.#bytes < MIN_SAMPLE_BYTES) {
      return
    }
    const sample = this.#bytes / Math.max(MIN_ELAPSED_MS, nowMs - this.#sinceMs) * 1000
    this.#rate = this.#rate == null ? sample : this.#rate + SMOOTHING * (sample - this.#rate)
    this.#sinceMs = nowMs
    this.#bytes = 0
  }
}
