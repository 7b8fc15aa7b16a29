import { expect } from 'chai'
import { skewClock } from '../../testnet/skewed-clock.ts'

describe('testnet/skewed-clock', () => {
  afterEach(() => { skewClock(0) })

  it('is ahead by as much as it is told, from the right time each time', () => {
    const right = Date.now
    skewClock(60_000)
    skewClock(-3_600_000)
    expect(Date.now() - right()).to.be.within(-3_600_000, -3_599_000)
    skewClock(0)
    expect(Date.now).to.equal(right)
  })
})
