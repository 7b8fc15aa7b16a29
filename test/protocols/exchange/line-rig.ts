/**
 * Neighbours behind one line, in virtual time: what arrives is told of by PONGs only.
 */

import { Flight } from '../../../protocols/exchange/flight.ts'
import { UploadLine } from '../../../protocols/exchange/upload-line.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

export const FRAME_BYTES = 64 * 1024
const STREAM_BYTES = 16 * 1024 * 1024

/** Neighbours over one wire of a rate, each as far as it is, and a clock. */
export class LineRig {
  nowMs = 1000
  readonly line = new UploadLine()
  readonly neighbours: FarEnd[] = []
  bytesPerMs: number
  freeMs = 0
  /** PONGs are so late, as on busy cores. */
  lagMs = 0
  readonly random = seededRandom(1)
  #first = 0
  #due: Array<{ atMs: number, run: () => void }> = []

  constructor (bytesPerSecond: number) {
    this.bytesPerMs = bytesPerSecond / 1000
  }

  add (rttMs: number): FarEnd {
    const neighbour = new FarEnd(this, rttMs)
    this.neighbours.push(neighbour)
    return neighbour
  }

  at (atMs: number, run: () => void): void {
    this.#due.push({ atMs, run })
  }

  /** When the last of so many bytes is through. */
  pass (bytes: number): number {
    this.freeMs = Math.max(this.freeMs, this.nowMs) + bytes / this.bytesPerMs
    return this.freeMs
  }

  get sentBytes (): number {
    return this.neighbours.reduce((sum, { sentBytes }) => sum + sentBytes, 0)
  }

  /** What is sent in the next `ms`. */
  sentIn (ms: number): number {
    const before = this.sentBytes
    this.run(ms)
    return this.sentBytes - before
  }

  /** How long what is sent now would wait. */
  get queueMs (): number {
    return Math.max(0, this.freeMs - this.nowMs)
  }

  /** Another one first each time. */
  #turns (): FarEnd[] {
    const first = this.#first++ % this.neighbours.length
    return [...this.neighbours.slice(first), ...this.neighbours.slice(0, first)]
  }

  /** Sends all that there is room for, every ms; returns how long at most anything waited. */
  run (ms: number): number {
    let longest = 0
    for (const startMs = this.nowMs; this.nowMs < startMs + ms; this.nowMs++) {
      const due = this.#due.filter(({ atMs }) => atMs <= this.nowMs)
      this.#due = this.#due.filter(({ atMs }) => atMs > this.nowMs)
      due.forEach(({ run }) => { run() })
      this.line.tend(this.nowMs)
      for (let sent = 1; sent > 0;) {
        sent = this.#turns().filter(neighbour => neighbour.send()).length
      }
      longest = Math.max(longest, this.queueMs)
    }
    return longest
  }
}

export class FarEnd {
  readonly flight: Flight
  readonly rttMs: number
  isWanting = true
  /** It takes nothing, and answers nothing. */
  isAsleep = false
  /** It answers so late. */
  lagMs = 0
  /** By the heartbeat too. */
  isMeasured = true
  sentBytes = 0
  pings = 0
  readonly #rig: LineRig
  readonly #unanswered: number[] = []
  #pongMs = 0
  #hasLeft = false

  constructor (rig: LineRig, rttMs: number) {
    this.rttMs = rttMs
    this.#rig = rig
    this.flight = new Flight({
      now: () => rig.nowMs,
      random: () => rig.random(),
      rttMs: () => this.isMeasured ? rttMs + rig.lagMs : undefined,
      line: rig.line,
      ping: nonce => {
        this.pings++
        if (this.isAsleep) {
          this.#unanswered.push(nonce)
        } else {
          const atMs = Math.max(rig.freeMs, rig.nowMs) + this.rttMs + rig.lagMs + this.lagMs
          this.#pongMs = Math.max(this.#pongMs, atMs)
          rig.at(this.#pongMs, () => { if (!this.#hasLeft) this.flight.pong(nonce) })
        }
      }
    })
  }

  /** A frame, where there is room; a stream takes so much that its other end has not read. */
  send (): boolean {
    const { line } = this.#rig
    const isTaking = this.isWanting && !this.flight.isStuck && line.roomBytes > 0 &&
      this.flight.bytes < STREAM_BYTES
    if (isTaking) this.give(Math.min(FRAME_BYTES, line.roomBytes))
    return isTaking
  }

  /** What it is sent in the next `ms`. */
  sentIn (ms: number): number {
    const before = this.sentBytes
    this.#rig.run(ms)
    return this.sentBytes - before
  }

  give (bytes: number): void {
    this.sentBytes += bytes
    this.#rig.pass(bytes)
    this.flight.sent(bytes)
  }

  leave (): void {
    this.#hasLeft = true
    this.isWanting = false
    this.flight.close()
  }

  wake (): void {
    this.isAsleep = false
    this.#unanswered.splice(0).forEach(nonce => {
      this.#rig.at(this.#rig.nowMs + this.rttMs, () => { this.flight.pong(nonce) })
    })
  }
}
