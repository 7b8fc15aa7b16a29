/**
 * How fast bytes arrive, at best. Pure.
 * in: how many arrived while a PING and its PONG were on their way. out: bytes per second.
 *
 * The best of late, as in BBR's estimate of a bottleneck (Cardwell et al., BBR: Congestion-Based
 * Congestion Control, ACM Queue 2016): what arrives more slowly may have been sent more slowly.
 */

/**
 * Of two such spans the best counts. Higher: a line that is slow for a while stays known as fast.
 */
const SPAN_MS = 60_000
/** In less time, PONGs that come in a bunch would look like a fast line. */
const MIN_SAMPLE_MS = 100

export class DeliveryRate {
  #best = { rate: 0, before: 0, sinceMs: -Infinity }

  /** Undefined while nothing has arrived. */
  get bytesPerSecond (): number | undefined {
    const { rate, before } = this.#best
    return Math.max(rate, before) || undefined
  }

  /** `isFull`: more would have been sent if it could; other samples can only raise the rate. */
  add (bytes: number, ms: number, isFull: boolean, nowMs: number): void {
    const sample = bytes / Math.max(MIN_SAMPLE_MS, ms) * 1000
    const { rate, sinceMs } = this.#best
    if (isFull && nowMs - sinceMs >= SPAN_MS) {
      this.#best = { rate: sample, before: rate, sinceMs: nowMs }
    } else {
      this.#best.rate = Math.max(rate, sample)
    }
  }
}
