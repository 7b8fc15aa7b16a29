import { expect } from 'chai'
import { RateMeter } from '../../testnet/rate-meter.ts'

describe('testnet/rate-meter', () => {
  it('takes a second for a second of bytes, one after the other', () => {
    const meter = new RateMeter(1000)
    expect([meter.pass(500, 10_000), meter.pass(500, 10_000), meter.pass(0, 10_000)])
      .to.deep.equal([10_500, 11_000, 11_000])
  })

  it('is free again once all is through', () => {
    const meter = new RateMeter(1000)
    meter.pass(500, 10_000)
    expect(meter.pass(100, 20_000)).to.equal(20_100)
  })

  it('takes no time without a limit', () => {
    const meter = new RateMeter(Number.POSITIVE_INFINITY)
    expect([meter.pass(1e9, 5), meter.pass(1e9, 5)]).to.deep.equal([5, 5])
  })
})
