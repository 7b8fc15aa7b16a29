import { expect } from 'chai'
import fc from 'fast-check'
import {
  MAX_AGE_MS, MAX_TRANSFERS, NetworkTimes, type Transfer
} from '../../../web/player/network-times.ts'

const KB = 1000

function timesAfter (...transfers: Transfer[]): NetworkTimes {
  const times = new NetworkTimes()
  for (const transfer of transfers) times.add(transfer)
  return times
}

const transfer = (
  source: Transfer['source'], bytes: number, fromMs: number, toMs: number
): Transfer => ({ source, bytes, fromMs, toMs })

describe('web/player/network-times', () => {
  it('adds up what comes at the same time, for it shares the line', () => {
    const alone = timesAfter(transfer('edge', 100 * KB, 0, 100))
    const together = timesAfter(
      transfer('edge', 100 * KB, 0, 200), transfer('edge', 100 * KB, 0, 200))
    expect(alone.rateBytesPerSecond(200)).to.equal(1000 * KB)
    expect(together.rateBytesPerSecond(200)).to.equal(1000 * KB)
  })

  it('says the same of a line in use and of one that rested in between', () => {
    const resting = timesAfter(
      transfer('edge', 100 * KB, 0, 100), transfer('edge', 100 * KB, 20_000, 20_100))
    expect(resting.rateBytesPerSecond(20_100)).to.equal(1000 * KB)
  })

  it('is not slowed by one slow peer among others', () => {
    const times = timesAfter(
      transfer('peer', 10 * KB, 0, 4_000),
      ...[0, 500, 1_000, 1_500].map(at => transfer('peer', 200 * KB, at, at + 100)))
    expect(times.rateBytesPerSecond(4_000)).to.be.within(2000 * KB, 2010 * KB)
  })

  it('is not made fast by a short burst', () => {
    const times = timesAfter(
      ...[0, 1_000, 2_000].map(at => transfer('edge', 100 * KB, at, at + 1_000)),
      transfer('edge', 20 * KB, 3_500, 3_501))
    expect(times.rateBytesPerSecond(4_000)).to.equal(100 * KB)
  })

  it('is slow when everybody is', () => {
    const times = timesAfter(...[0, 1_000, 2_000].map(at =>
      transfer('peer', 20 * KB, at, at + 1_000)))
    expect(times.rateBytesPerSecond(3_000)).to.equal(20 * KB)
  })

  it('takes the better of peers and servers: who is late is helped by the other', () => {
    const peers = [0, 1_000, 2_000].map(at => transfer('peer', 50 * KB, at, at + 1_000))
    const server = transfer('origin', 300 * KB, 500, 800)
    expect(timesAfter(...peers, server).rateBytesPerSecond(3_000)).to.equal(1000 * KB)
  })

  it('forgets what is old, and what is more than it keeps', () => {
    const times = timesAfter(transfer('edge', 100 * KB, 0, 100))
    expect(times.rateBytesPerSecond(100 + MAX_AGE_MS)).to.equal(1000 * KB)
    expect(times.rateBytesPerSecond(101 + MAX_AGE_MS)).to.equal(undefined)
    for (let n = 0; n < MAX_TRANSFERS; n++) times.add(transfer('edge', KB, n * 10, n * 10 + 10))
    expect(times.rateBytesPerSecond(500)).to.equal(100 * KB)
  })

  it('tells loaders the time on the line, whether the file was there already or not', () => {
    const times = timesAfter(transfer('peer', 500 * KB, 0, 1_000))
    const now = { nowMs: 1_000, endMs: 7_000, latencyMs: 40, unknownRate: 1 }
    expect(times.timesOf(250 * KB, now))
      .to.deep.equal({ startMs: 6_460, firstMs: 6_500, endMs: 7_000 })
  })

  it('says what it is told to while nothing was measured', () => {
    expect(timesAfter().timesOf(100, { nowMs: 0, endMs: 1_000, unknownRate: 200 }))
      .to.deep.equal({ startMs: 500, firstMs: 500, endMs: 1_000 })
  })

  it('is a positive number for any transfers, in any order', () => {
    const any = fc.record({
      source: fc.constantFrom<Transfer['source']>('peer', 'edge', 'origin'),
      bytes: fc.integer({ min: 1, max: 2 ** 20 }),
      fromMs: fc.integer({ min: 0, max: 5_000 }),
      toMs: fc.integer({ min: 0, max: 5_000 })
    })
    fc.assert(fc.property(fc.array(any, { minLength: 1, maxLength: 60 }), transfers => {
      expect(timesAfter(...transfers).rateBytesPerSecond(5_000)).to.be.within(1e-6, 1e13)
    }), { numRuns: 30 })
  })
})
