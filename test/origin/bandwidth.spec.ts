import { expect } from 'chai'
import { peakBandwidth } from '../../origin/bandwidth.ts'

describe('origin/bandwidth', () => {
  it('is the rate of the heaviest segment', () => {
    const segments = [{ durationMs: 10_000, size: 100_000 }, { durationMs: 10_000, size: 200_000 }]
    expect(peakBandwidth(segments, 10_000)).to.equal(160_000)
  })

  it('does not take a last segment of 20 ms for a peak', () => {
    const segments = [{ durationMs: 10_000, size: 100_000 }, { durationMs: 20, size: 1000 }]
    expect(peakBandwidth(segments, 10_000)).to.equal(80_000)
  })

  it('is the whole rate of a title shorter than half a segment', () => {
    expect(peakBandwidth([{ durationMs: 1000, size: 1001 }], 10_000)).to.equal(8008)
  })

  it('is a whole number, rounded up', () => {
    expect(peakBandwidth([{ durationMs: 3000, size: 1000 }], 3000)).to.equal(2667)
  })
})
