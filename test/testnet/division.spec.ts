import { expect } from 'chai'
import { Division } from '../../testnet/division.ts'

describe('testnet/division', () => {
  it('keeps sides apart, and those of none from nobody', () => {
    const division = new Division()
    expect(division.isBetween('a', 'b')).to.equal(false)
    division.divide([['a', 'c'], ['b']])
    expect([['a', 'b'], ['b', 'c'], ['a', 'c'], ['a', 'd'], ['d', 'b']]
      .map(([one, other]) => division.isBetween(one!, other!)))
      .to.deep.equal([true, true, false, false, false])
    division.divide([])
    expect(division.isBetween('a', 'b')).to.equal(false)
  })

  it('tells followers of each change until they leave', () => {
    const division = new Division()
    let told = 0
    const leave = division.follow(() => { told++ })
    division.divide([['a'], ['b']])
    division.divide([])
    leave()
    division.divide([['a'], ['b']])
    expect(told).to.equal(2)
  })
})
