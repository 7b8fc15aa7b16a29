import { expect } from 'chai'
import fc from 'fast-check'
import {
  FIRST_BYTES, HedgeBudget, MAX_BYTES, SHARE
} from '../../../daemon/retrieval/hedge-budget.ts'

describe('daemon/retrieval/hedge-budget', () => {
  it('lets the first blocks be raced for, and closes when that was for nothing', () => {
    const budget = new HedgeBudget()
    expect(budget.isOpen).to.equal(true)
    budget.spend(FIRST_BYTES)
    expect(budget.isOpen).to.equal(false)
  })

  it('goes into debt for what is urgent, within a bound', () => {
    const budget = new HedgeBudget()
    budget.spend(2 * FIRST_BYTES)
    expect([budget.isOpen, budget.isOverdrawn]).to.deep.equal([false, false])
    budget.spend(1)
    expect(budget.isOverdrawn).to.equal(true)
  })

  it('opens again with what is of use', () => {
    const budget = new HedgeBudget()
    budget.spend(FIRST_BYTES)
    budget.earn(1 / SHARE)
    expect(budget.isOpen).to.equal(true)
  })

  it('keeps back what races that go on may cost', () => {
    const budget = new HedgeBudget()
    const end = budget.reserve(FIRST_BYTES)
    expect(budget.isOpen).to.equal(false)
    end()
    expect(budget.isOpen).to.equal(true)
  })

  it('saves up for bad times within a bound', () => {
    const budget = new HedgeBudget()
    budget.earn(1e12)
    budget.spend(MAX_BYTES)
    expect(budget.isOpen).to.equal(false)
  })

  it('holds waste to its share, whatever happens', () => {
    const event = fc.record({
      useful: fc.nat(1_000_000), wasted: fc.nat(1_000_000)
    })
    fc.assert(fc.property(fc.array(event, { maxLength: 200 }), events => {
      const budget = new HedgeBudget()
      let [useful, wasted] = [0, 0]
      for (const { useful: more, wasted: lost } of events) {
        budget.earn(more)
        useful += more
        if (budget.isOpen) {
          budget.spend(lost)
          wasted += lost
        }
      }
      expect(wasted).to.be.at.most(FIRST_BYTES + SHARE * useful + 1_000_000)
    }))
  })
})
