import { expect } from 'chai'
import fc from 'fast-check'
import { MIN_SAMPLE_BYTES, Throughput } from '../../../protocols/exchange/throughput.ts'

const RTT_MS = 40

describe('protocols/exchange/throughput', () => {
  it('knows no rate before bytes have come', () => {
    expect(new Throughput().bytesPerSecond).to.equal(undefined)
  })

  it('counts the time in which bytes come, not the round trip before nor silence between', () => {
    const throughput = new Throughput()
    for (const askedMs of [0, 60_000]) {
      throughput.begin(askedMs)
      throughput.add(65_000, RTT_MS, askedMs + RTT_MS)
      throughput.add(50_000, RTT_MS, askedMs + RTT_MS + 5)
      throughput.rest(askedMs + RTT_MS + 5)
      expect(throughput.bytesPerSecond).to.equal(10_000_000)
    }
  })

  it('takes no small answers for the rate of a link', () => {
    const throughput = new Throughput()
    for (let n = 0; n < 100; n++) {
      throughput.begin(n * 100)
      throughput.add(500, RTT_MS, n * 100 + RTT_MS)
      throughput.rest(n * 100 + RTT_MS)
    }
    expect(throughput.bytesPerSecond).to.equal(undefined)
  })

  it('counts the wait of one that had no room for us, beyond its round trip', () => {
    const throughput = new Throughput()
    throughput.begin(0)
    throughput.add(65_000, RTT_MS, RTT_MS + 1000)
    throughput.rest(RTT_MS + 1000)
    expect(throughput.bytesPerSecond).to.equal(65_000)
  })

  it('samples a long answer on its way, and smooths by three tenths', () => {
    const throughput = new Throughput()
    throughput.begin(0)
    throughput.add(65_000, RTT_MS, RTT_MS)
    throughput.add(100_000, RTT_MS, RTT_MS + 50)
    expect(throughput.bytesPerSecond).to.equal(2_000_000)
    throughput.add(200_000, RTT_MS, RTT_MS + 100)
    expect(throughput.bytesPerSecond).to.equal(2_600_000)
  })

  it('is finite and above zero whatever comes when', () => {
    const steps = fc.array(fc.record({
      waitMs: fc.nat(200), rttMs: fc.nat(100), bytes: fc.nat(100_000), rests: fc.boolean()
    }))
    fc.assert(fc.property(steps, steps => {
      const throughput = new Throughput()
      let nowMs = 0
      let bytes = 0
      throughput.begin(nowMs)
      for (const step of steps) {
        nowMs += step.waitMs
        bytes += step.bytes
        throughput.add(step.bytes, step.rttMs, nowMs)
        if (step.rests) {
          throughput.rest(nowMs)
          throughput.begin(nowMs)
        }
        const rate = throughput.bytesPerSecond
        expect(rate ?? 1).to.be.above(0).and.below(Infinity)
        if (bytes < MIN_SAMPLE_BYTES) expect(rate).to.equal(undefined)
      }
    }))
  })
})
