/**
 * What all neighbours are sent shares one line: how much of it may be on its way, so that little
 * waits before a full line, where what is more urgent cannot overtake it. Pure.
 * in: bytes sent and arrived. out: room for more.
 *
 * That is what the line carries in a round trip and {@link QUEUE_MS}, at its best of late. How late
 * PONGs are does not count: on busy cores they are late for other reasons, and to send less then
 * would mend nothing.
 */

import { DeliveryRate } from './delivery-rate.ts'

/** Higher: the line is always full; lower: what is urgent comes sooner. */
export const QUEUE_MS = 150
/** While its rate is not known: a few blocks. */
export const FIRST_LINE_BYTES = 512 * 1024
/** However slow it is: most of a block, so that its rate shows. */
export const MIN_LINE_BYTES = 64 * 1024
/** Weight of one neighbour's round trip in that of all. */
const SMOOTHING = 0.1
/** Between two looks for neighbours that take no bytes. */
const LOOK_MS = 100

/** What is on its way to one neighbour. */
export interface Flying {
  /**
   * Finds out what has arrived of it. Where it has long been on its way, it waits at the other end:
   * it is no longer on our line.
   */
  look (nowMs: number): void
}

export interface Arrival {
  bytes: number
  /** Between the PING behind them and its PONG. */
  ms: number
  /** What had arrived, of all, when the PING was sent. */
  beforeBytes: number
  /** The shortest of late to that neighbour. */
  rttMs: number
}

export class UploadLine {
  readonly #rate = new DeliveryRate()
  readonly #flying = new Set<Flying>()
  #arrivedBytes = 0
  #flightBytes = 0
  #isFull = false
  #lookedMs = -Infinity
  #rttMs: number | undefined

  join (flying: Flying): void {
    this.#flying.add(flying)
  }

  leave (flying: Flying): void {
    this.#flying.delete(flying)
  }

  /** Of all, ever. */
  get arrivedBytes (): number {
    return this.#arrivedBytes
  }

  /** What may be on its way. */
  get windowBytes (): number {
    const { bytesPerSecond } = this.#rate
    if (bytesPerSecond == null) {
      return FIRST_LINE_BYTES
    }
    const bytes = Math.floor(bytesPerSecond * ((this.#rttMs ?? 0) + QUEUE_MS) / 1000)
    return Math.max(MIN_LINE_BYTES, bytes)
  }

  roomBytes (nowMs: number): number {
    if (this.#flightBytes >= this.windowBytes) {
      this.#look(nowMs)
    }
    return this.windowBytes - this.#flightBytes
  }

  /** More would be sent if it could. */
  full (): void {
    this.#isFull = true
  }

  sent (bytes: number): void {
    this.#flightBytes += bytes
  }

  /** Are no longer on their way, or not on our line. */
  left (bytes: number): void {
    this.#flightBytes -= bytes
  }

  /** A PONG tells so. */
  arrived ({ bytes, ms, beforeBytes, rttMs }: Arrival, nowMs: number): void {
    this.#arrivedBytes += bytes
    this.#measure(this.#arrivedBytes - beforeBytes, ms, nowMs)
    const before = this.#rttMs ?? rttMs
    this.#rttMs = before + SMOOTHING * (rttMs - before)
  }

  /** The same of what had waited at the other end, and tells less of our line. */
  arrivedLate ({ bytes, ms }: Pick<Arrival, 'bytes' | 'ms'>, nowMs: number): void {
    this.#measure(bytes, ms, nowMs)
  }

  #measure (bytes: number, ms: number, nowMs: number): void {
    this.#rate.add(bytes, ms, this.#isFull, nowMs)
    this.#isFull = false
  }

  #look (nowMs: number): void {
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs
      this.#flying.forEach(flying => { flying.look(nowMs) })
    }
  }
}
