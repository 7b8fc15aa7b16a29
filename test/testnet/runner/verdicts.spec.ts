import { expect } from 'chai'
import { verdictLine, verdictsOf } from '../../../testnet/runner/verdicts.ts'
import { isMet } from '../../../testnet/run-record.ts'
import { playedRecord } from '../played-record.ts'

describe('testnet/runner/verdicts', () => {
  const record = playedRecord({ startUpMs: [100, 300] })

  it('takes a figure of the run by its name', () => {
    const [verdict] = verdictsOf(record, [{ figure: 'stalls', is: 'at most', goal: 0 }])
    expect(verdict).to.deep.equal({ name: 'stalls', measured: 0, goal: 0, is: 'at most', unit: '' })
    expect(isMet(verdict!)).to.equal(true)
  })

  it('does not meet a goal with a figure that the run does not have', () => {
    const [verdict] = verdictsOf(record, [{ figure: 'taste', is: 'at least', goal: 0 }])
    expect(isMet(verdict!)).to.equal(false)
    expect(verdictLine(verdict!)).to.match(/^missed taste: .*it was not measured$/)
  })

  it('judges beside a clean run only where there is one', () => {
    const goal = {
      name: 'plays ÷ clean', unit: '×', is: 'at most' as const, goal: 1,
      measureAgainst: (one: typeof record, other: typeof record) =>
        one.plays.length / other.plays.length
    }
    expect(verdictsOf(record, [goal])).to.deep.equal([])
    const clean = playedRecord({ startUpMs: [100] })
    expect(verdictsOf(record, [goal], clean).map(({ measured }) => measured)).to.deep.equal([2])
  })

  it('says by how much a goal is missed', () => {
    const start = { name: 'start-up p50', unit: 'ms', is: 'at most' as const, goal: 200 }
    expect(verdictLine({ ...start, measured: 300 }))
      .to.equal('missed start-up p50: 300 ms, at most 200 ms: by 100 ms, 50 %')
    expect(verdictLine({ ...start, measured: 150 }))
      .to.equal('met    start-up p50: 150 ms, at most 200 ms')
    expect(verdictLine({ ...start, name: 'stalls', unit: '', goal: 0, measured: 2 }))
      .to.equal('missed stalls: 2, at most 0: by 2')
  })
})
