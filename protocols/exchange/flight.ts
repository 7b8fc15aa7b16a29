/**
 * What is on its way to one neighbour.
 * in: bytes sent, PONGs to the PINGs it puts behind them. out: room for more.
 */

import type { Clock, Random } from '../clock.ts'
import { InvalidMessageError } from '../errors.ts'
import type { Arrival, Flying } from './upload-line.ts'

export interface FlightInit {
  now: Clock
  random: Random
  /** As PINGs ahead of DATA have it. */
  rttMs: () => number | undefined
  line: {
    readonly arrivedBytes: number
    readonly windowBytes: number
    roomBytes (nowMs: number): number
    join (flying: Flying): void
    leave (flying: Flying): void
    sent (bytes: number): void
    full (): void
    left (bytes: number): void
    arrived (arrival: Arrival, nowMs: number): void
    arrivedLate (arrival: Pick<Arrival, 'bytes' | 'ms'>, nowMs: number): void
  }
  /** Sends a PING behind all that was sent. */
  ping: (nonce: number) => void
}

/**
 * What tells its PINGs from those of the heartbeat, which count from 1. Above it by chance: nobody
 * can say that it has received what it has not.
 */
export const MIN_NONCE = 2 ** 30
const NONCES = 2 ** 31

/** In what may be on its way to all, at least: of one alone the line would run empty. */
const FRAMES = 4
/** Less room is not worth a frame. */
const MIN_ROOM_BYTES = 4 * 1024
/**
 * In what may be on its way to all: behind each frame, but on fast lines. Lower: fewer PINGs, but
 * what arrived before it counts as if it came at once, and the line looks faster.
 */
const PINGS = 32
const APART_MS = 10
/** No line of ours is that long: the neighbour takes no bytes. */
export const STUCK_MS = 1_000
/**
 * The shortest round trip of so long, and of as long before, is that of an empty line. Higher: a
 * line that is never empty keeps less waiting; lower: a way that has become longer is known sooner.
 */
const RTT_SPAN_MS = 60_000

interface Mark { nonce: number, sentMs: number, sentBytes: number, arrivedOfAll: number }

export class Flight implements Flying {
  readonly #init: FlightInit
  /** PINGs on their way, the oldest first. */
  readonly #marks: Mark[] = []
  #sentBytes = 0
  #markedBytes = 0
  #markedMs = -Infinity
  #arrivedBytes = 0
  #isStuck = false
  #isClosed = false
  #rtt = { ms: Infinity, beforeMs: Infinity, sinceMs: -Infinity }

  constructor (init: FlightInit) {
    this.#init = init
    init.line.join(this)
  }

  get bytes (): number {
    return this.#sentBytes - this.#arrivedBytes
  }

  /** What may be sent now; 0 for a few bytes. */
  get roomBytes (): number {
    const { line, now } = this.#init
    const room = Math.min(line.roomBytes(now()), Math.ceil(line.windowBytes / FRAMES))
    if (room < MIN_ROOM_BYTES) {
      line.full()
      return 0
    }
    return room
  }

  get isStuck (): boolean {
    this.#judge(this.#init.now())
    return this.#isStuck
  }

  sent (bytes: number): void {
    const { line } = this.#init
    if (this.#isClosed) return
    this.#sentBytes += bytes
    if (!this.#isStuck) line.sent(bytes)
    if (this.#sentBytes - this.#markedBytes >= line.windowBytes / PINGS) this.#mark()
    else this.#markAlone()
  }

  look (nowMs: number): void {
    if (this.#marks.length === 0 && this.bytes > 0) this.#mark()
    this.#judge(nowMs)
  }

  /**
   * False when the PING was none of these.
   *
   * @throws InvalidMessageError for a PONG without a PING, or not in turn
   */
  pong (nonce: number): boolean {
    if (nonce < MIN_NONCE) {
      return false
    }
    const mark = this.#marks.shift()
    if (mark?.nonce !== nonce) {
      throw new InvalidMessageError(`a PONG to no PING: ${nonce}`)
    }
    const { now, line } = this.#init
    const nowMs = now()
    const ms = nowMs - mark.sentMs
    const bytes = mark.sentBytes - this.#arrivedBytes
    const rttMs = this.#leastRtt(ms, nowMs)
    this.#arrivedBytes = mark.sentBytes
    if (this.#isStuck) {
      line.arrivedLate({ bytes, ms }, nowMs)
    } else {
      line.left(bytes)
      line.arrived({ bytes, ms, beforeBytes: mark.arrivedOfAll, rttMs }, nowMs)
    }
    if (this.bytes > 0) this.#markAlone()
    return true
  }

  /** Nothing more comes back. */
  close (): void {
    const { line } = this.#init
    if (this.#isClosed) return
    this.#isClosed = true
    line.leave(this)
    if (!this.#isStuck) line.left(this.bytes)
  }

  #judge (nowMs: number): void {
    const [oldest] = this.#marks
    const isStuck = oldest != null && nowMs - oldest.sentMs >= STUCK_MS
    if (isStuck === this.#isStuck || this.#isClosed) return
    this.#isStuck = isStuck
    if (isStuck) this.#init.line.left(this.bytes)
    else this.#init.line.sent(this.bytes)
  }

  /** To the neighbour, of an empty line. */
  #leastRtt (ms: number, nowMs: number): number {
    const rttMs = Math.min(ms, this.#init.rttMs() ?? Infinity)
    if (nowMs - this.#rtt.sinceMs < RTT_SPAN_MS) {
      this.#rtt.ms = Math.min(this.#rtt.ms, rttMs)
    } else {
      this.#rtt = { ms: rttMs, beforeMs: this.#rtt.ms, sinceMs: nowMs }
    }
    return Math.min(this.#rtt.ms, this.#rtt.beforeMs)
  }

  /** Where no PING is out. Over short ways one goes after the other: not that soon. */
  #markAlone (): void {
    if (this.#marks.length === 0 && this.#init.now() - this.#markedMs >= APART_MS) this.#mark()
  }

  #mark (): void {
    const { now, random, line, ping } = this.#init
    const nonce = MIN_NONCE + Math.floor(random() * NONCES)
    this.#markedBytes = this.#sentBytes
    this.#markedMs = now()
    this.#marks.push({
      nonce, sentMs: this.#markedMs, sentBytes: this.#sentBytes, arrivedOfAll: line.arrivedBytes
    })
    ping(nonce)
  }
}
