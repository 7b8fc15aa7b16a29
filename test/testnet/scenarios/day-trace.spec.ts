import { expect } from 'chai'
import { dayTrace, momentOf, onlyKnownSince } from '../../../testnet/scenarios/day-trace.ts'
import { secondsOf, type Trace } from '../../../testnet/workload/trace.ts'

const SIZE = { peers: 20, seed: 1, isShort: false }

describe('testnet/scenarios/day-trace', () => {
  it('has the same titles on every day, and other plays', () => {
    const [one, other] = [dayTrace(SIZE), dayTrace({ ...SIZE, seed: 2 })]
    expect(one.titles).to.deep.equal(other.titles)
    expect(one.plays).not.to.deep.equal(other.plays)
  })

  it('says when a share of the plays has begun', () => {
    const at = (seconds: number) => ({ title: 0, at: seconds })
    const trace = { titles: [], plays: [[at(1), at(5)], [at(2), at(9)], [at(7)]] }
    expect([0, 0.5, 1].map(share => momentOf(trace, share))).to.deep.equal([1, 5, 9])
  })

  it('plays only what somebody has heard to its end, once servers are lost', () => {
    const trace = dayTrace(SIZE)
    const lostAt = momentOf(trace, 0.5)
    const after = onlyKnownSince(trace, lostAt, 10)
    const ends = ({ titles }: Trace, play: Trace['plays'][number][number]): number =>
      play.at + secondsOf(play, titles[play.title]!)
    const heard = new Set(after.plays.flat()
      .filter(({ seek, leaves }) => seek == null && leaves == null)
      .filter(play => ends(after, play) <= lostAt - 10)
      .map(({ title }) => title))
    const late = after.plays.flat().filter(play => ends(after, play) > lostAt)
    expect(late.length).to.be.greaterThan(50)
    expect(late.filter(({ title }) => !heard.has(title))).to.deep.equal([])
    expect(after.plays.flat().map(({ at }) => at))
      .to.deep.equal(trace.plays.flat().map(({ at }) => at))
  })

  it('refuses to lose servers before anybody has heard anything', () => {
    expect(() => onlyKnownSince(dayTrace(SIZE), 0, 10)).to.throw('nobody has heard a title')
  })
})
