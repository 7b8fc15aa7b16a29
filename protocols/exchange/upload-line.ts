/**
 * What several neighbours are sent shares one line: how much of it may be on its way, so that
 * little waits before a full line, where what is more urgent cannot overtake it.
 * in: bytes sent and arrived. out: room for more.
 *
 * That is what the line carries in a round trip and {@link QUEUE_MS}, at its best of late. Not what
 * would make PONGs come in time: on busy cores they are late for other reasons, and to send less
 * and less would mend nothing.
 */

import { DeliveryRate } from './delivery-rate.ts'

/** Higher: the line is always full; lower: what is urgent comes sooner. */
export const QUEUE_MS = 150
/** While its rate is not known. */
export const FIRST_LINE_BYTES = 128 * 1024
/** However slow it is: a few frames, so that its rate shows. */
export const MIN_LINE_BYTES = 32 * 1024
/** Less room is not worth a frame. */
const MIN_ROOM_BYTES = 4 * 1024
/** In what may be on its way, at least: with one alone the line would be empty until its PONG. */
const FRAMES = 4
/** What an unknown line takes no longer for. */
const FIRST_MS = 1_000
/** Weight of one neighbour's round trip in that of all. */
const SMOOTHING = 0.1
/** Between two looks for what has arrived without a PONG, or does not arrive. */
export const LOOK_MS = 100

/** What is on its way to one neighbour. */
export interface Flying {
  look (nowMs: number): void
}

/** What has arrived, of all; when the last of it was sent, and when that was known to be there. */
export interface Standing { bytes: number, sentMs: number, landedMs: number }

export interface Landing {
  bytes: number
  /** When the PING behind them was sent, and how things stood. */
  sentMs: number
  before: Standing
  /** The shortest of late to that neighbour. */
  rttMs: number
}

export class UploadLine {
  readonly #rate = new DeliveryRate()
  readonly #flying = new Set<Flying>()
  #arrived: Standing = { bytes: 0, sentMs: 0, landedMs: 0 }
  #flightBytes = 0
  /** Beyond what its rate tells. */
  #extraBytes = 0
  #isFull = false
  #lookedMs = -Infinity
  #rttMs: number | undefined

  join (flying: Flying): void {
    this.#flying.add(flying)
  }

  leave (flying: Flying): void {
    this.#flying.delete(flying)
  }

  get arrived (): Standing {
    return this.#arrived
  }

  /** What may be on its way. */
  get windowBytes (): number {
    return this.#carriedBytes + this.#extraBytes
  }

  /** By its rate, as far as that is known. */
  get #carriedBytes (): number {
    const { bytesPerSecond } = this.#rate
    if (bytesPerSecond == null) {
      return FIRST_LINE_BYTES
    }
    const bytes = Math.floor(bytesPerSecond * ((this.#rttMs ?? 0) + QUEUE_MS) / 1000)
    return Math.max(MIN_LINE_BYTES, bytes)
  }

  /** What is longer on its way than this and a round trip waits elsewhere. */
  get patienceMs (): number {
    const { bytesPerSecond } = this.#rate
    return bytesPerSecond == null
      ? FIRST_MS
      : 2 * this.#carriedBytes / bytesPerSecond * 1000
  }

  /** What may be sent in one frame; 0 for a few bytes. */
  get roomBytes (): number {
    const { windowBytes } = this
    const room = Math.min(windowBytes - this.#flightBytes, Math.ceil(windowBytes / FRAMES))
    if (room >= MIN_ROOM_BYTES) {
      return room
    }
    this.#isFull = true
    return 0
  }

  /** Before room is asked for: what keeps the line full may have arrived, or never will. */
  tend (nowMs: number): void {
    if (this.#isFull && nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs
      this.#flying.forEach(flying => { flying.look(nowMs) })
    }
  }

  sent (bytes: number, nowMs: number): void {
    // Whatever arrives next had not even been sent.
    if (this.#flightBytes === 0) {
      this.#arrived = { ...this.#arrived, sentMs: nowMs, landedMs: nowMs }
    }
    this.#flightBytes += bytes
  }

  /** They wait elsewhere, or nobody will tell whether they arrive: they count no more. */
  lost (bytes: number): void {
    this.#flightBytes -= bytes
  }

  /** A PONG tells that they are there. */
  landed ({ bytes, sentMs, before, rttMs }: Landing, nowMs: number): void {
    this.#flightBytes -= bytes
    this.#arrived = { bytes: this.#arrived.bytes + bytes, sentMs, landedMs: nowMs }
    this.#stretch(bytes, nowMs - sentMs - rttMs)
    // As long as those bytes took to be sent, or to arrive: PONGs come in bunches.
    const ms = Math.max(nowMs - before.landedMs, sentMs - before.sentMs)
    this.#measure(this.#arrived.bytes - before.bytes, ms, nowMs)
    const rtt = this.#rttMs ?? rttMs
    this.#rttMs = rtt + SMOOTHING * (rttMs - rtt)
  }

  /** The same of what was lost: it tells of a line that is slower than all that is known of it. */
  landedLate ({ bytes, sentMs }: Pick<Landing, 'bytes' | 'sentMs'>, nowMs: number): void {
    this.#measure(bytes, nowMs - sentMs, nowMs)
  }

  #measure (bytes: number, ms: number, nowMs: number): void {
    this.#rate.add(bytes, ms, this.#isFull, nowMs)
    this.#isFull = false
  }

  /**
   * Where there is no room and yet no queue, the line carries more than it was seen to, or somebody
   * holds room of whom it is not known yet.
   */
  #stretch (bytes: number, lateMs: number): void {
    if (this.#isFull && lateMs < QUEUE_MS / 2) this.#extraBytes += bytes
    else if (lateMs > QUEUE_MS) this.#extraBytes = Math.max(0, this.#extraBytes - bytes)
  }
}
