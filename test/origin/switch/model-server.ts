/**
 * A server in virtual time, and those who ask it.
 * in: how long a request takes with so many in flight, how many want to be served at once.
 * out: an adaptive limit that has lived through it.
 */

import type { AdaptiveLimit, Sample } from '../../../origin/switch/adaptive-limit.ts'

interface Running extends Pick<Sample, 'inFlight' | 'room'> { startMs: number, endMs: number }

export class ModelServer {
  nowMs = 0
  /** Latency with so many in flight. */
  latencyOf: (inFlight: number) => number
  readonly #limit: AdaptiveLimit
  /** When each request ends. */
  readonly #running: Running[] = []

  constructor (limit: AdaptiveLimit, latencyOf: (inFlight: number) => number) {
    this.#limit = limit
    this.latencyOf = latencyOf
  }

  /** So many ask at any time; `plain` of them are served whatever the limit. */
  run (forMs: number, demand: number, plain = 0): void {
    const endMs = this.nowMs + forMs
    while (this.nowMs < endMs) {
      while (this.#running.length < Math.min(demand, Math.max(plain, this.#limit.value))) {
        const inFlight = this.#running.length + 1
        const room = this.#limit.value
        const startMs = this.nowMs
        this.#running.push({ startMs, endMs: startMs + this.latencyOf(inFlight), inFlight, room })
      }
      this.#running.sort((a, b) => a.endMs - b.endMs)
      const done = this.#running.shift()
      if (done == null) return
      this.nowMs = done.endMs
      const { inFlight, room } = done
      this.#limit.add({ latencyMs: done.endMs - done.startMs, inFlight, room }, this.nowMs)
    }
  }
}

/** Flat up to `capacity` at once, then everybody waits for everybody. */
export const queueing = (serviceMs: number, capacity: number) => (inFlight: number): number =>
  serviceMs * Math.max(1, inFlight / capacity)
