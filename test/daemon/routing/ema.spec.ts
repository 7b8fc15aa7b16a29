import { expect } from 'chai'
import fc from 'fast-check'
import { ema } from '../../../daemon/routing/index.ts'

describe('daemon/routing/ema', () => {
  it('takes the first sample as it is, and three tenths of each further one', () => {
    expect(ema(undefined, 40)).to.equal(40)
    expect(ema(100, 200)).to.equal(130)
    expect(ema(100, 200, 0.5)).to.equal(150)
  })

  it('stays between the old value and the sample', () => {
    const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(fc.property(ms, ms, (old, sample) => {
      const now = ema(old, sample)
      expect(now).to.be.within(Math.min(old, sample) - 1e-6, Math.max(old, sample) + 1e-6)
    }))
  })
})
