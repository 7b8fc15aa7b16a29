import { expect } from 'chai'
import { TokenBucket } from '../../../protocols/exchange/token-bucket.ts'

describe('protocols/exchange/token-bucket', () => {
  it('lets everything pass without a limit', () => {
    const bucket = new TokenBucket(100)
    expect(bucket.take(1e9, 0, 0)).to.equal(0)
  })

  it('says how long until the bytes are there, and then gives them', () => {
    const bucket = new TokenBucket(100)
    expect(bucket.take(100, 1000, 0)).to.equal(0)
    expect(bucket.take(50, 1000, 0)).to.equal(50)
    expect(bucket.take(50, 1000, 49)).to.be.closeTo(1, 0.001)
    expect(bucket.take(50, 1000, 50)).to.equal(0)
  })

  it('keeps the rate over seconds', () => {
    const bucket = new TokenBucket(100)
    let taken = 0
    for (let now = 0; now <= 10_000; now++) {
      taken += bucket.take(100, 5000, now) === 0 ? 100 : 0
    }
    expect(taken).to.be.within(50_000, 50_600)
  })

  it('saves up no more than a tenth of a second', () => {
    const bucket = new TokenBucket(100)
    bucket.take(100, 10_000, 0)
    expect(bucket.take(1000, 10_000, 3_600_000)).to.equal(0)
    expect(bucket.take(1, 10_000, 3_600_000)).to.be.greaterThan(0)
  })

  it('follows a rate that changes', () => {
    const bucket = new TokenBucket(100)
    bucket.take(100, 1000, 0)
    expect(bucket.take(100, 1000, 0)).to.equal(100)
    expect(bucket.take(100, 100_000, 1)).to.equal(0)
  })
})
