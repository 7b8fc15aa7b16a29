/**
 * What is on its way to one neighbour.
 * in: bytes sent, PONGs to the PINGs it puts behind them. out: room for more.
 */

import type { Clock, Random } from '../clock.ts'
import { InvalidMessageError } from '../errors.ts'
import { BestOfLate } from './best-of-late.ts'
import type { Flying, Standing, UploadLine } from './upload-line.ts'

export interface FlightInit {
  now: Clock
  random: Random
  /** As PINGs ahead of DATA have it. */
  rttMs: () => number | undefined
  line: UploadLine
  /** Sends a PING behind all that was sent. */
  ping: (nonce: number) => void
}

/** Its PINGs have nonces from here on; those of the heartbeat count from 1. */
export const MIN_NONCE = 2 ** 30
/** So many: by chance, so that a PONG is hard to guess. */
const NONCES = 2 ** 31

/**
 * In what may be on its way to all: behind each frame, but on fast lines. Lower: fewer PINGs, but
 * what arrived before it counts as if it came at once, and the line looks faster.
 */
const PINGS = 32
/** And where fewer bytes are sent, one PING after the other's PONG, no sooner than this. */
const APART_MS = 10
/**
 * The shortest round trip of late is that of an empty line. Higher: a line that is never empty
 * keeps less waiting; lower: a way that has become longer is known sooner.
 */
const RTT_SPAN_MS = 60_000

/** Longer is not distance, but somebody who is slow to answer. */
const MAX_RTT_MS = 500
/** A neighbour that takes nothing for so long is sent no more. */
const STUCK_MS = 1_000

/** A PING on its way, and the bytes between it and the one before. */
interface Mark { nonce: number, sentMs: number, bytes: number, before: Standing, isAside: boolean }

export class Flight implements Flying {
  readonly #init: FlightInit
  /** The oldest first; no more than frames are sent until it counts as stuck. */
  readonly #marks: Mark[] = []
  #unmarkedBytes = 0
  #markedMs = -Infinity
  #isClosed = false
  readonly #leastRtt = new BestOfLate(Math.min, RTT_SPAN_MS)

  constructor (init: FlightInit) {
    this.#init = init
    init.line.join(this)
  }

  get bytes (): number {
    return this.#marks.reduce((sum, { bytes }) => sum + bytes, this.#unmarkedBytes)
  }

  /** True while bytes are so long on their way that the neighbour seems to take none. */
  get isStuck (): boolean {
    const { now } = this.#init
    const [oldest] = this.#marks
    return oldest != null && now() - oldest.sentMs >= STUCK_MS
  }

  sent (bytes: number): void {
    const { line, now } = this.#init
    if (this.#isClosed) return
    this.#unmarkedBytes += bytes
    line.sent(bytes, now())
    if (this.#unmarkedBytes >= line.windowBytes / PINGS) this.#mark()
    else this.#markAlone()
  }

  /** Finds out what has arrived; what is long on its way waits elsewhere than on our line. */
  look (nowMs: number): void {
    const waitMs = this.#init.line.patienceMs + this.#rttMs
    for (const mark of this.#marks) {
      if (!mark.isAside && nowMs - mark.sentMs >= waitMs) {
        mark.isAside = true
        this.#init.line.lost(mark.bytes)
      }
    }
    if (this.#marks.length === 0 && this.#unmarkedBytes > 0) this.#mark()
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
    this.#leastRtt.add(nowMs - mark.sentMs, nowMs)
    if (mark.isAside) line.landedLate(mark, nowMs)
    else line.landed({ ...mark, rttMs: this.#rttMs }, nowMs)
    if (this.#unmarkedBytes > 0) this.#markAlone()
    return true
  }

  /** Nothing more comes back. */
  close (): void {
    const { line } = this.#init
    if (this.#isClosed) return
    this.#isClosed = true
    line.leave(this)
    line.lost(this.#unmarkedBytes)
    for (const { isAside, bytes } of this.#marks) line.lost(isAside ? 0 : bytes)
  }

  /** Of an empty line. */
  get #rttMs (): number {
    const measured = this.#leastRtt.value ?? Infinity
    return Math.min(measured, this.#init.rttMs() ?? Infinity, MAX_RTT_MS)
  }

  /** Where no PING is out. */
  #markAlone (): void {
    if (this.#marks.length === 0 && this.#init.now() - this.#markedMs >= APART_MS) this.#mark()
  }

  #mark (): void {
    const { now, random, line, ping } = this.#init
    const nonce = MIN_NONCE + Math.floor(random() * NONCES)
    const bytes = this.#unmarkedBytes
    this.#unmarkedBytes = 0
    this.#markedMs = now()
    this.#marks.push({
      nonce, sentMs: this.#markedMs, bytes, before: line.arrived, isAside: false
    })
    ping(nonce)
  }
}
