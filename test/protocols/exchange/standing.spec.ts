import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Balance, GRACE_BYTES, isCandidate, MAX_WEIGHT, MERIT_BYTES, standingOf, weightsOf
} from '../../../protocols/exchange/standing.ts'

const balance = (gaveBytes = 0, tookBytes = 0, deniedBytes = 0): Balance =>
  ({ gaveBytes, tookBytes, deniedBytes })

describe('protocols/exchange/standing', () => {
  it('calls a giver who gave more than a first block, however much it took', () => {
    expect(standingOf(balance(MERIT_BYTES, 1e12, 1e12))).to.equal('giver')
    expect(standingOf(balance(MERIT_BYTES - 1))).to.equal('stranger')
  })

  it('does not blame who was never asked, took little, or gave at times', () => {
    expect(standingOf(balance(0, 1e12, 0))).to.equal('stranger')
    expect(standingOf(balance(0, GRACE_BYTES - 1, 1e12))).to.equal('stranger')
    expect(standingOf(balance(500_000, 20e6, 20e6))).to.equal('stranger')
  })

  it('calls a rider who took much and gave nothing when asked', () => {
    expect(standingOf(balance(0, GRACE_BYTES, MERIT_BYTES))).to.equal('rider')
  })

  it('weighs givers between a stranger and four of them, more for more', () => {
    const bytes = fc.integer({ min: MERIT_BYTES, max: 1e12 })
    fc.assert(fc.property(fc.array(bytes, { minLength: 1 }), given => {
      const weights = weightsOf([...given.map(gave => balance(gave)), balance()])
      expect(weights.pop()).to.equal(1)
      weights.forEach((weight, at) => {
        expect(weight).to.be.greaterThan(1).and.at.most(MAX_WEIGHT)
        const less = weights.filter((_, other) => given[other]! < given[at]!)
        expect(Math.max(0, ...less)).to.be.at.most(weight)
      })
    }))
  })

  it('weighs a rider nothing', () => {
    expect(weightsOf([balance(0, GRACE_BYTES, MERIT_BYTES), balance()])).to.deep.equal([0, 1])
  })

  it('has candidates for the extra share only where somebody is above them', () => {
    expect([isCandidate(1, 1), isCandidate(0, 0)]).to.deep.equal([false, false])
    expect([isCandidate(0, 1), isCandidate(1, 2.5)]).to.deep.equal([true, true])
    expect(isCandidate(2, 3)).to.equal(false)
  })
})
