import { expect } from 'chai'
import { type Counters, Tally, totalOf } from '../../../testnet/runner/tally.ts'

const counters = (uptimeSeconds: number, bytes: number): Counters => ({
  uptimeSeconds,
  delivered: { local: bytes, peer: 2 * bytes, edge: 0, origin: 0 },
  uploadedBytes: 3 * bytes,
  wastedBytes: 4 * bytes,
  mismatches: 5 * bytes
})
const counted = (bytes: number) => ({
  fetched: { local: bytes, peer: 2 * bytes, edge: 0, origin: 0 },
  sentBytes: 3 * bytes,
  wastedBytes: 4 * bytes,
  mismatches: 5 * bytes
})

describe('testnet/runner/tally', () => {
  it('counts from its beginning on, not what was there before', () => {
    const tally = new Tally()
    tally.see(counters(1, 10))
    tally.see(counters(2, 12))
    expect(tally.counts).to.deep.equal(counted(2))
    tally.begin()
    tally.see(counters(3, 17))
    expect(tally.counts).to.deep.equal(counted(5))
  })

  it('adds all that a node counted that was started again, even where it is more', () => {
    const tally = new Tally()
    tally.see(counters(100, 10))
    tally.see(counters(1, 15))
    expect(tally.counts).to.deep.equal(counted(15))
  })

  it('adds up several', () => {
    const tallies = [1, 2].map(bytes => {
      const tally = new Tally()
      tally.see(counters(1, 0))
      tally.see(counters(2, bytes))
      return tally
    })
    expect(totalOf(tallies)).to.deep.equal(counted(3))
  })
})
