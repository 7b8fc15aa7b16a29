/**
 * One way to a holder over relays.
 * in: the neighbour it begins with, and the route. out: blocks as received, and how fast they came.
 */

import type { Clock } from '../../protocols/clock.ts'
import type { Neighbour, Want, WantOptions } from '../../protocols/exchange/index.ts'
import { ema } from '../routing/index.ts'

/** Fewer bytes tell of round trips, not of the way. */
const MIN_RATED_BYTES = 16 * 1024

export class RelayPath {
  /** Tells it from other ways to the same holder. */
  readonly id: string
  /** Peer IDs from the neighbour to the holder. */
  readonly hops: readonly string[]
  readonly first: Neighbour
  rttMs: number
  readonly #clock: Clock
  #inFlight = 0
  #rateBytesPerSecond: number | undefined

  constructor (clock: Clock, first: Neighbour, hops: readonly string[], rttMs: number) {
    this.#clock = clock
    this.id = hops.join('/')
    this.hops = hops
    this.first = first
    this.rttMs = rttMs
  }

  get inFlight (): number { return this.#inFlight }

  /** Undefined until a block has come. */
  get rateBytesPerSecond (): number | undefined { return this.#rateBytesPerSecond }

  /** @throws what {@link Neighbour.want} throws */
  async want (want: Want, options: WantOptions): Promise<Uint8Array | undefined> {
    const startMs = this.#clock()
    this.#inFlight++
    try {
      const bytes = await this.first.want({ ...want, route: this.hops }, options)
      this.#measure(bytes?.byteLength ?? 0, this.#clock() - startMs)
      return bytes
    } finally {
      this.#inFlight--
    }
  }

  /** Those that come at the same time share the way. */
  #measure (bytes: number, elapsedMs: number): void {
    if (bytes >= MIN_RATED_BYTES) {
      const sample = bytes * this.#inFlight / Math.max(1, elapsedMs - this.rttMs) * 1000
      this.#rateBytesPerSecond = ema(this.#rateBytesPerSecond, sample)
    }
  }
}
