import { expect } from 'chai'
import { FlowLedger } from '../../../testnet/runner/flow-ledger.ts'

describe('testnet/runner/flow-ledger', () => {
  it('says who sent how much to whom, the most first', () => {
    const ledger = new FlowLedger()
    ledger.see('a', 'b', 5)
    ledger.see('b', 'a', 7)
    ledger.see('a', 'b', 6)
    expect(ledger.flows()).to.deep.equal([
      { from: 'b', to: 'a', bytes: 7 }, { from: 'a', to: 'b', bytes: 6 }
    ])
  })

  it('adds what comes on another connection', () => {
    const ledger = new FlowLedger()
    for (const bytes of [5, 9, 2, 3]) ledger.see('a', 'b', bytes)
    expect(ledger.flows()).to.deep.equal([{ from: 'a', to: 'b', bytes: 12 }])
  })

  it('leaves out what came before it began', () => {
    const ledger = new FlowLedger()
    ledger.see('a', 'b', 5)
    ledger.begin()
    expect(ledger.flows()).to.deep.equal([])
    ledger.see('a', 'b', 6)
    expect(ledger.flows()).to.deep.equal([{ from: 'a', to: 'b', bytes: 1 }])
  })
})
