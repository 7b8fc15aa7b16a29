import { expect } from 'chai'
import { TokenBuckets } from '../../bootstrap/token-buckets.ts'

describe('bootstrap/token-buckets', () => {
  it('allows a burst, then the rate, to each key its own', () => {
    let nowMs = 0
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, () => nowMs)
    const takes = (key: string, times: number): number => {
      let taken = 0
      for (let i = 0; i < times; i++) {
        try {
          buckets.take(key)
          taken++
        } catch (err) {
          expect(err).to.have.property('name', 'RateLimitedError')
        }
      }
      return taken
    }
    expect(takes('a', 10)).to.equal(3)
    expect(takes('b', 1)).to.equal(1)
    nowMs = 1_000
    expect(takes('a', 10)).to.equal(2)
    nowMs = 60_000
    expect(takes('a', 10)).to.equal(3)
  })
})
