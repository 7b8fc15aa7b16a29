import { expect } from 'chai'
import { Throughput } from '../../../protocols/exchange/throughput.ts'

describe('protocols/exchange/throughput', () => {
  it('knows no rate before the first answer', () => {
    expect(new Throughput().bytesPerSecond).to.equal(undefined)
  })

  it('counts the time from asking to the last answer, not the silence between', () => {
    const throughput = new Throughput()
    throughput.begin(0)
    throughput.add(1000, true, 10)
    expect(throughput.bytesPerSecond).to.equal(100_000)
    throughput.begin(60_000)
    throughput.add(1000, true, 60_010)
    expect(throughput.bytesPerSecond).to.equal(100_000)
  })

  it('sums answers that come together and smooths by three tenths', () => {
    const throughput = new Throughput()
    throughput.begin(0)
    throughput.add(1000, false, 10)
    throughput.add(4000, false, 50)
    expect(throughput.bytesPerSecond).to.equal(100_000)
    throughput.add(10_000, false, 100)
    expect(throughput.bytesPerSecond).to.equal(130_000)
  })

  it('stays finite for an answer within one tick', () => {
    const throughput = new Throughput()
    throughput.begin(5)
    throughput.add(1000, true, 5)
    expect(throughput.bytesPerSecond).to.be.lessThan(Infinity)
  })
})
