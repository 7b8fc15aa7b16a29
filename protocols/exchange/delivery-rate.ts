/**
 * How fast bytes arrive, at best. Pure.
 * in: how many arrived while a PING and its PONG were on their way. out: bytes per second.
 *
 * The best of late, as in BBR's estimate of a bottleneck (Cardwell et al., BBR: Congestion-Based
 * Congestion Control, ACM Queue 2016): what arrives more slowly may have been sent more slowly.
 */

import { BestOfLate } from './best-of-late.ts'

/** Higher: a line that is slow for a while stays known as fast. */
const SPAN_MS = 60_000
/** In less time, PONGs that come in a bunch would look like a fast line. */
const MIN_SAMPLE_MS = 100

export class DeliveryRate {
  readonly #best = new BestOfLate(Math.max, SPAN_MS)

  /** Undefined while nothing has arrived. */
  get bytesPerSecond (): number | undefined {
    return this.#best.value
  }

  /** `isFull`: more would have been sent if it could; other samples can only raise the rate. */
  add (bytes: number, ms: number, isFull: boolean, nowMs: number): void {
    this.#best.add(bytes / Math.max(MIN_SAMPLE_MS, ms) * 1000, nowMs, isFull)
  }
}
