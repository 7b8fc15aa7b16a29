/**
 * A line whose far end is told of only by PONGs, in virtual time.
 */

import { expect } from 'chai'
import { InvalidMessageError } from '../../../protocols/errors.ts'
import { MIN_NONCE, Flight, STUCK_MS } from '../../../protocols/exchange/flight.ts'
import { MIN_LINE_BYTES, QUEUE_MS, UploadLine } from '../../../protocols/exchange/upload-line.ts'

const MB = 1_000_000
const FRAME_BYTES = 64 * 1024
const STREAM_BYTES = 16 * 1024 * 1024

/** Neighbours over one wire of a rate, each as far as it is, and a clock. */
class Rig {
  nowMs = 1000
  readonly line = new UploadLine()
  readonly neighbours: Neighbour[] = []
  bytesPerMs: number
  freeMs = 0
  /** PONGs are so late, as on busy cores. */
  lagMs = 0
  #due: Array<{ atMs: number, run: () => void }> = []

  constructor (bytesPerSecond: number) {
    this.bytesPerMs = bytesPerSecond / 1000
  }

  add (rttMs: number): Neighbour {
    const neighbour = new Neighbour(this, rttMs)
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

  /** How long what is sent now would wait. */
  get queueMs (): number {
    return Math.max(0, this.freeMs - this.nowMs)
  }

  /** Sends all that there is room for, every ms; returns how long at most anything waited. */
  run (ms: number): number {
    let longest = 0
    for (const startMs = this.nowMs; this.nowMs < startMs + ms; this.nowMs++) {
      const due = this.#due.filter(({ atMs }) => atMs <= this.nowMs)
      this.#due = this.#due.filter(({ atMs }) => atMs > this.nowMs)
      due.forEach(({ run }) => { run() })
      this.neighbours.forEach(neighbour => { neighbour.send() })
      longest = Math.max(longest, this.queueMs)
    }
    return longest
  }
}

class Neighbour {
  readonly flight: Flight
  readonly rttMs: number
  isWanting = true
  /** It takes nothing, and answers nothing. */
  isAsleep = false
  /** By the heartbeat too. */
  isMeasured = true
  sentBytes = 0
  pings = 0
  readonly #rig: Rig
  readonly #unanswered: number[] = []

  constructor (rig: Rig, rttMs: number) {
    this.rttMs = rttMs
    this.#rig = rig
    this.flight = new Flight({
      now: () => rig.nowMs,
      random: () => 0.5,
      rttMs: () => this.isMeasured ? rttMs + rig.lagMs : undefined,
      line: rig.line,
      ping: nonce => {
        this.pings++
        if (this.isAsleep) {
          this.#unanswered.push(nonce)
        } else {
          const atMs = Math.max(rig.freeMs, rig.nowMs) + this.rttMs + rig.lagMs
          rig.at(atMs, () => { this.flight.pong(nonce) })
        }
      }
    })
  }

  /** A stream takes so much that its other end has not read. */
  send (): void {
    while (this.isWanting && !this.flight.isStuck && this.flight.roomBytes > 0 &&
      this.flight.bytes < STREAM_BYTES) {
      this.give(Math.min(FRAME_BYTES, this.flight.roomBytes))
    }
  }

  give (bytes: number): void {
    this.sentBytes += bytes
    this.#rig.pass(bytes)
    this.flight.sent(bytes)
  }

  wake (): void {
    this.isAsleep = false
    this.#unanswered.splice(0).forEach(nonce => {
      this.#rig.at(this.#rig.nowMs + this.rttMs, () => { this.flight.pong(nonce) })
    })
  }
}

describe('protocols/exchange/upload-line', () => {
  for (const [name, bytesPerSecond, rttsMs] of [
    ['a slow line', 0.25 * MB, [40, 40, 40, 40, 40, 40, 40, 40]],
    ['a line to one', 2.5 * MB, [40]],
    ['a line to near and far', 2.5 * MB, [2, 40, 200, 20, 300]],
    ['a fast line', 125 * MB, [1, 1, 1, 1]]
  ] as const) {
    it(`keeps ${name} full, and what waits before it short`, () => {
      const rig = new Rig(bytesPerSecond)
      rttsMs.forEach(rttMs => { rig.add(rttMs) })
      rig.run(10_000)
      const before = rig.sentBytes
      const longestMs = rig.run(10_000)
      expect(rig.sentBytes - before).to.be.at.least(0.95 * 10 * bytesPerSecond)
      const leastMs = MIN_LINE_BYTES / bytesPerSecond * 1000
      expect(longestMs).to.be.at.most(Math.max(2 * QUEUE_MS, leastMs))
    })
  }

  it('finds out that the line is faster', () => {
    const rig = new Rig(0.25 * MB)
    const near = rig.add(20)
    rig.run(5_000)
    rig.bytesPerMs *= 20
    rig.run(3_000)
    const before = near.sentBytes
    rig.run(1_000)
    expect(near.sentBytes - before).to.be.at.least(0.95 * 5 * MB)
  })

  it('and that it is slower, in two minutes', () => {
    const rig = new Rig(5 * MB)
    rig.add(20)
    rig.run(5_000)
    rig.bytesPerMs /= 10
    rig.run(125_000)
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('keeps what waits before a line that is never empty short of what looks stuck', () => {
    const rig = new Rig(0.5 * MB)
    for (let i = 0; i < 4; i++) rig.add(40)
    rig.run(60_000)
    expect(rig.run(600_000)).to.be.at.most(STUCK_MS)
  })

  it('sends no slower for PONGs that are late for other reasons', () => {
    const rig = new Rig(2.5 * MB)
    for (let i = 0; i < 4; i++) rig.add(40)
    rig.run(5_000)
    rig.lagMs = 400
    rig.run(180_000)
    const before = rig.sentBytes
    rig.run(5_000)
    expect(rig.sentBytes - before).to.be.at.least(0.95 * 5 * 2.5 * MB)
  })

  it('does not take little that is wanted for a slow line', () => {
    const rig = new Rig(2.5 * MB)
    const near = rig.add(40)
    rig.run(5_000)
    near.isWanting = false
    rig.run(1_000)
    const { windowBytes } = rig.line
    for (let i = 0; i < 100; i++) {
      near.give(20_000)
      rig.run(1_000)
    }
    expect(rig.line.windowBytes).to.be.at.least(0.9 * windowBytes)
  })

  it('counts what nobody takes for a second only', () => {
    const rig = new Rig(2.5 * MB)
    const [asleep, awake] = [rig.add(40), rig.add(40)]
    rig.run(3_000)
    awake.isWanting = false
    asleep.isAsleep = true
    rig.run(500)
    asleep.isWanting = false
    awake.isWanting = true
    rig.run(STUCK_MS)
    const before = awake.sentBytes
    const { sentBytes } = asleep
    rig.run(4_000)
    expect(awake.sentBytes - before).to.be.at.least(0.95 * 4 * 2.5 * MB)
    asleep.isWanting = true
    rig.run(1_000)
    expect(asleep.sentBytes).to.equal(sentBytes)
  })

  it('asks what has arrived of what no PING was sent behind', () => {
    const rig = new Rig(2.5 * MB)
    const first = rig.add(1)
    rig.run(3_000)
    first.isWanting = false
    rig.run(1_000)
    for (let i = 0; i < 60; i++) {
      const each = rig.add(1)
      each.isWanting = false
      each.give(7_000)
      rig.run(6)
      each.give(7_000)
      rig.run(6)
      expect(each.flight.bytes).to.equal(7_000)
    }
    expect(rig.line.roomBytes(rig.nowMs)).to.be.at.most(0)
    first.isWanting = true
    rig.run(200)
    expect(rig.sentBytes).to.be.greaterThan(60 * 14_000 + 3.2 * 2.5 * MB)
  })

  it('goes on with who has slept', () => {
    const rig = new Rig(2.5 * MB)
    const neighbour = rig.add(40)
    rig.run(3_000)
    neighbour.isAsleep = true
    rig.run(5_000)
    neighbour.wake()
    rig.run(1_000)
    const before = neighbour.sentBytes
    rig.run(4_000)
    expect(neighbour.sentBytes - before).to.be.at.least(0.95 * 4 * 2.5 * MB)
  })

  it('does not take for fast what arrives at once when somebody wakes', () => {
    const rig = new Rig(0.25 * MB)
    const [asleep, awake] = [rig.add(40), rig.add(40)]
    awake.isWanting = false
    rig.run(3_000)
    asleep.isAsleep = true
    rig.run(5_000)
    awake.isWanting = true
    rig.run(5_000)
    asleep.wake()
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('forgets what was on its way to who has left', () => {
    const rig = new Rig(2.5 * MB)
    const [stays, leaves] = [rig.add(40), rig.add(40)]
    rig.run(3_000)
    stays.isWanting = false
    leaves.isAsleep = true
    rig.run(500)
    expect(rig.line.roomBytes(rig.nowMs)).to.be.at.most(FRAME_BYTES)
    leaves.flight.close()
    leaves.flight.sent(MB)
    leaves.flight.close()
    expect(rig.line.roomBytes(rig.nowMs)).to.equal(rig.line.windowBytes)
    stays.isWanting = true
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('sends few PINGs over a fast line, and none when nothing is sent', () => {
    const rig = new Rig(125 * MB)
    const neighbour = rig.add(20)
    rig.run(10_000)
    const before = { ...neighbour }
    rig.run(1_000)
    expect(neighbour.pings - before.pings)
      .to.be.at.most((neighbour.sentBytes - before.sentBytes) / (4 * FRAME_BYTES))
    neighbour.isWanting = false
    rig.run(1_000)
    const { pings } = neighbour
    rig.run(10_000)
    expect(neighbour.pings).to.equal(pings)
    expect(neighbour.flight.bytes).to.equal(0)
  })

  it('leaves the PONGs of the heartbeat alone', () => {
    expect(new Rig(MB).add(40).flight.pong(1)).to.equal(false)
  })

  it('knows an empty line by its own PINGs too', () => {
    const rig = new Rig(MB)
    const neighbour = rig.add(40)
    neighbour.isMeasured = false
    neighbour.isWanting = false
    for (let i = 0; i < 10; i++) {
      neighbour.give(20_000)
      rig.run(200)
    }
    neighbour.isWanting = true
    rig.run(1_000)
    expect(rig.run(10_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('does not take a PONG to no PING', () => {
    const { flight } = new Rig(MB).add(40)
    expect(() => flight.pong(MIN_NONCE)).to.throw(InvalidMessageError, 'PONG to no PING')
    flight.sent(MB)
    expect(() => flight.pong(MIN_NONCE)).to.throw(InvalidMessageError, 'PONG to no PING')
  })
})
