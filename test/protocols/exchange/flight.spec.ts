import { expect } from 'chai'
import { InvalidMessageError } from '../../../protocols/errors.ts'
import { Flight, MIN_NONCE } from '../../../protocols/exchange/flight.ts'
import { QUEUE_MS } from '../../../protocols/exchange/upload-line.ts'
import { FRAME_BYTES, LineRig } from './line-rig.ts'

const MB = 1_000_000

describe('protocols/exchange/flight', () => {
  it('does not wait for ever for room that is too little for a frame', () => {
    const rig = new LineRig(2.5 * MB)
    const [asleep, awake] = [rig.add(40), rig.add(40)]
    asleep.isWanting = false
    asleep.isAsleep = true
    asleep.give(rig.line.windowBytes - 2_000)
    rig.run(3_000)
    expect(awake.sentBytes).to.be.at.least(2.5 * MB)
  })

  it('counts what nobody takes for a second only', () => {
    const rig = new LineRig(2.5 * MB)
    const [asleep, awake] = [rig.add(40), rig.add(40)]
    rig.run(3_000)
    awake.isWanting = false
    asleep.isAsleep = true
    rig.run(500)
    asleep.isWanting = false
    awake.isWanting = true
    rig.run(1_000)
    const before = awake.sentBytes
    const { sentBytes } = asleep
    rig.run(4_000)
    expect(awake.sentBytes - before).to.be.at.least(0.95 * 4 * 2.5 * MB)
    asleep.isWanting = true
    rig.run(1_000)
    expect(asleep.sentBytes).to.equal(sentBytes)
  })

  it('asks what has arrived of what no PING was sent behind', () => {
    const rig = new LineRig(2.5 * MB)
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
    expect(rig.line.roomBytes).to.be.at.most(0)
    first.isWanting = true
    rig.run(200)
    expect(rig.sentBytes).to.be.greaterThan(60 * 14_000 + 3.2 * 2.5 * MB)
  })

  it('goes on with who has slept', () => {
    const rig = new LineRig(2.5 * MB)
    const neighbour = rig.add(40)
    rig.run(3_000)
    neighbour.isAsleep = true
    rig.run(5_000)
    neighbour.wake()
    rig.run(1_000)
    expect(neighbour.sentIn(4_000)).to.be.at.least(0.95 * 4 * 2.5 * MB)
  })

  it('forgets what was on its way to who has left', () => {
    const rig = new LineRig(2.5 * MB)
    const [stays, leaves] = [rig.add(40), rig.add(40)]
    rig.run(3_000)
    stays.isWanting = false
    leaves.isAsleep = true
    rig.run(500)
    expect(rig.line.roomBytes).to.be.at.most(FRAME_BYTES)
    leaves.leave()
    leaves.flight.sent(MB)
    leaves.flight.close()
    expect(rig.line.roomBytes).to.equal(Math.ceil(rig.line.windowBytes / 4))
    stays.isWanting = true
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('forgets it also when it is long on its way, or without a PING', () => {
    const rig = new LineRig(2.5 * MB)
    const [stays, long] = [rig.add(40), rig.add(40)]
    rig.run(3_000)
    stays.isWanting = false
    long.isAsleep = true
    rig.run(3_000)
    long.leave()
    for (let i = 0; i < 100; i++) {
      const near = rig.add(1)
      near.isWanting = false
      near.give(7_000)
      rig.run(6)
      near.give(7_000)
      near.leave()
    }
    expect(rig.line.roomBytes).to.equal(Math.ceil(rig.line.windowBytes / 4))
    stays.isWanting = true
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('sends few PINGs over a fast line, and none when nothing is sent', () => {
    const rig = new LineRig(125 * MB)
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
    expect(new LineRig(MB).add(40).flight.pong(1)).to.equal(false)
  })

  it('does not take a PONG to no PING', () => {
    const { flight } = new LineRig(MB).add(40)
    expect(() => flight.pong(MIN_NONCE)).to.throw(InvalidMessageError, 'PONG to no PING')
  })

  it('takes PONGs in the order of their PINGs only', () => {
    const rig = new LineRig(MB)
    const nonces: number[] = []
    const flight = new Flight({
      now: () => 0,
      random: rig.random,
      rttMs: () => undefined,
      line: rig.line,
      ping: nonce => { nonces.push(nonce) }
    })
    flight.sent(FRAME_BYTES)
    flight.sent(FRAME_BYTES)
    flight.sent(FRAME_BYTES)
    expect(flight.pong(nonces[0]!)).to.equal(true)
    expect(() => flight.pong(nonces[2]!)).to.throw(InvalidMessageError, 'PONG to no PING')
  })
})
