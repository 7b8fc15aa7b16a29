import { expect } from 'chai'
import { DecisionLog, decisionOf } from '../../../testnet/runner/decision-log.ts'

describe('testnet/runner/decision-log', () => {
  it('has decisions in their planned order, whoever carries them out first', () => {
    const decisions: Array<[number, string]> = [[3, 'c'], [1, 'b'], [1, 'a'], [-1, 'before']]
    const logs = [decisions, decisions.toReversed()].map(each => {
      const log = new DecisionLog()
      for (const [at, text] of each) log.add(at, text)
      return log.lines()
    })
    expect(logs[0]).to.deep.equal(logs[1])
    expect(logs[0]!.map(line => line.trim())).to.deep.equal([
      '-1.0 before', '1.0 a', '1.0 b', '3.0 c'
    ])
  })

  it('says what somebody plays, where they go in it and when they leave', () => {
    expect(decisionOf('peer-1', { title: 0, at: 1 })).to.equal('peer-1 plays title 1')
    expect(decisionOf('peer-1', { title: 1, at: 1, seek: { at: 2, to: 9 }, leaves: 12 }))
      .to.equal('peer-1 plays title 2, goes from 2 s to 9 s, leaves at 12 s')
  })
})
