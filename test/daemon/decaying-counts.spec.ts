import { expect } from 'chai'
import { DecayingCounts } from '../../daemon/decaying-counts.ts'

const DAY = 86_400_000

function counts (maxKeys = 100) {
  const time = { nowMs: 20_000 * DAY }
  const init = { halfLifeMs: DAY, maxKeys }
  return { time, init, counts: new DecayingCounts(() => time.nowMs, init) }
}

describe('daemon/decaying-counts', () => {
  it('counts, and forgets half of it every half-life', () => {
    const { counts: plays, time } = counts()
    plays.add('a')
    plays.add('a', 3)
    expect(plays.count('a')).to.be.closeTo(4, 1e-6)
    time.nowMs += DAY
    expect(plays.count('a')).to.be.closeTo(2, 1e-6)
    plays.add('a')
    expect(plays.count('a')).to.be.closeTo(3, 1e-6)
    expect(plays.count('b')).to.equal(0)
  })

  it('names those counted most lately, the most first', () => {
    const { counts: plays, time } = counts()
    for (let i = 0; i < 3; i++) plays.add('old')
    time.nowMs += 2 * DAY
    plays.add('new')
    plays.add('some', 0.5)
    expect(plays.top(2).map(({ key }) => key)).to.deep.equal(['new', 'old'])
  })

  it('keeps the keys counted most when there are too many', () => {
    const { counts: plays } = counts(8)
    for (let i = 0; i < 100; i++) plays.add(`once ${i}`, 0.1)
    for (let i = 0; i < 3; i++) plays.add(`often ${i}`, 5)
    for (let i = 0; i < 100; i++) plays.add(`later ${i}`, 0.1)
    expect(plays.entries()).to.have.length.at.most(8)
    expect(plays.top(3).map(({ key }) => key).sort())
      .to.deep.equal(['often 0', 'often 1', 'often 2'])
  })

  it('remembers no more keys than it may, counted or taken up', () => {
    const { counts: plays } = counts(8)
    const names = Array.from({ length: 100 }, (_, i) => `${i}`)
    const remembered = () => names.filter(name => plays.count(name) > 0)
    for (const name of names) plays.add(name)
    expect(remembered()).to.have.length.within(1, 8)
    plays.load(names.map(name => [name, 9]), 20_000 * DAY)
    expect(remembered()).to.have.length.within(1, 8)
  })

  it('forgets a key that is gone', () => {
    const { counts: plays } = counts()
    plays.add('a')
    plays.delete('a')
    expect([plays.count('a'), plays.top(1)]).to.deep.equal([0, []])
  })

  it('goes on from what was written down, older by the time between', () => {
    const { counts: plays, time, init } = counts()
    plays.add('a', 8)
    const entries = plays.entries()
    const writtenMs = time.nowMs
    time.nowMs += 2 * DAY
    const again = new DecayingCounts(() => time.nowMs, init)
    again.load(entries, writtenMs)
    expect(again.count('a')).to.be.closeTo(2, 1e-6)
  })
})
