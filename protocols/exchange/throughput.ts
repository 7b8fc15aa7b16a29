/**
 * Bytes per second while something is awaited, smoothed. Pure in its arguments.
 */

const SMOOTHING = 0.3
/** A sample spans this much, unless the wait ends before. */
const SAMPLE_MS = 50
const MIN_ELAPSED_MS = 0.1

export class Throughput {
  #rate: number | undefined
  #sinceMs = 0
  #bytes = 0

  get bytesPerSecond (): number | undefined {
    return this.#rate
  }

  /** The first request goes out. */
  begin (nowMs: number): void {
    this.#sinceMs = nowMs
    this.#bytes = 0
  }

  /** An answer is there; `isLast` when nothing more is awaited. */
  add (bytes: number, isLast: boolean, nowMs: number): void {
    this.#bytes += bytes
    const elapsedMs = Math.max(MIN_ELAPSED_MS, nowMs - this.#sinceMs)
    if (elapsedMs < SAMPLE_MS && !isLast) {
      return
    }
    const sample = this.#bytes / elapsedMs * 1000
    this.#rate = this.#rate == null ? sample : this.#rate + SMOOTHING * (sample - this.#rate)
    this.begin(nowMs)
  }
}
