import { expect } from 'chai'
import { MIN_LINE_BYTES, QUEUE_MS } from '../../../protocols/exchange/upload-line.ts'
import { LineRig } from './line-rig.ts'

const MB = 1_000_000

describe('protocols/exchange/upload-line', () => {
  for (const [name, bytesPerSecond, rttsMs] of [
    ['a slow line', 0.25 * MB, [40, 40, 40, 40, 40, 40, 40, 40]],
    ['a very slow line', 0.008 * MB, [40, 40]],
    ['a line to one', 2.5 * MB, [40]],
    ['a line to near and far', 2.5 * MB, [2, 40, 200, 20, 300]],
    ['a fast line', 125 * MB, [1, 1, 1, 1]]
  ] as const) {
    it(`keeps ${name} full, and what waits before it short`, () => {
      const rig = new LineRig(bytesPerSecond)
      rttsMs.forEach(rttMs => { rig.add(rttMs) })
      rig.run(40_000)
      const before = rig.sentBytes
      const longestMs = rig.run(10_000)
      expect(rig.sentBytes - before).to.be.at.least(0.95 * 10 * bytesPerSecond)
      const leastMs = MIN_LINE_BYTES / bytesPerSecond * 1000
      expect(longestMs).to.be.at.most(Math.max(2.5 * QUEUE_MS, leastMs))
    })
  }

  it('finds out that the line is faster', () => {
    const rig = new LineRig(0.25 * MB)
    const near = rig.add(20)
    rig.run(5_000)
    rig.bytesPerMs *= 20
    rig.run(3_000)
    expect(near.sentIn(1_000)).to.be.at.least(0.95 * 5 * MB)
  })

  it('and that it is slower, in two minutes', () => {
    const rig = new LineRig(5 * MB)
    rig.add(20)
    rig.run(5_000)
    rig.bytesPerMs /= 10
    rig.run(125_000)
    expect(rig.run(5_000)).to.be.at.most(2 * QUEUE_MS)
  })

  it('keeps what waits before a line that is never empty short of what looks stuck', () => {
    const rig = new LineRig(0.5 * MB)
    for (let i = 0; i < 4; i++) rig.add(40)
    rig.run(60_000)
    expect(rig.run(600_000)).to.be.at.most(1_000)
  })

  it('sends no slower for PONGs that are late for other reasons', () => {
    const rig = new LineRig(2.5 * MB)
    for (let i = 0; i < 4; i++) rig.add(40)
    rig.run(5_000)
    rig.lagMs = 400
    rig.run(180_000)
    expect(rig.sentIn(5_000)).to.be.at.least(0.95 * 5 * 2.5 * MB)
  })

  it('sends a third as fast while they are late now and then', () => {
    const rig = new LineRig(2.5 * MB)
    for (let i = 0; i < 8; i++) rig.add(40)
    rig.run(5_000)
    for (let i = 0; i < 300; i++) {
      const before = rig.sentBytes
      rig.lagMs = i % 3 === 0 ? 0 : 500 * rig.random()
      rig.run(1_000)
      expect(rig.sentBytes - before).to.be.at.least(2.5 * MB / 3)
    }
  })

  it('sends others nearly as much while one is slow to answer on purpose', () => {
    const rig = new LineRig(2.5 * MB)
    const [slow, other] = [rig.add(40), rig.add(40)]
    slow.lagMs = 900
    rig.run(300_000)
    expect(other.sentIn(10_000)).to.be.at.least(10 * 2.5 * MB / 3)
  })

  it('does not take somebody who answers nothing sooner than in seconds for far', () => {
    const rig = new LineRig(2.5 * MB)
    rig.add(3_000)
    const other = rig.add(40)
    rig.run(60_000)
    const before = other.sentBytes
    expect(rig.run(10_000)).to.be.at.most(600)
    expect(other.sentBytes - before).to.be.at.least(10 * 2.5 * MB / 3)
  })

  it('does not take little that is wanted for a slow line', () => {
    const rig = new LineRig(2.5 * MB)
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

  it('does not take for fast what arrives at once when somebody wakes', () => {
    const rig = new LineRig(0.25 * MB)
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

  it('knows an empty line by its own PINGs too', () => {
    const rig = new LineRig(MB)
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
})
