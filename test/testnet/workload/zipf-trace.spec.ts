import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { secondsOf } from '../../../testnet/workload/trace.ts'
import { zipfTrace } from '../../../testnet/workload/zipf-trace.ts'
import { traceText, ZIPF_DAY } from '../../../bench/traces/make-zipf-day.ts'

const committed = new URL('../../../bench/traces/zipf-day.json', import.meta.url)

describe('testnet/workload/zipf-trace', () => {
  it('makes the committed trace again from its seed', () => {
    expect(traceText(ZIPF_DAY)).to.equal(readFileSync(committed, 'utf8'))
  })

  it('makes another day from another seed', () => {
    expect(zipfTrace({ ...ZIPF_DAY, seed: 2 }).plays).not.to.deep.equal(zipfTrace(ZIPF_DAY).plays)
  })

  it('has the same titles on other days with their seed', () => {
    const [one, other] = [1, 2].map(seed => zipfTrace({ ...ZIPF_DAY, seed, catalogueSeed: 7 }))
    expect(one!.titles).to.deep.equal(other!.titles)
    expect(one!.plays).not.to.deep.equal(other!.plays)
  })

  const { titles, plays } = zipfTrace({ ...ZIPF_DAY, listeners: 200 })
  const all = plays.flat()

  it('asks for popular titles as often as the law has it', () => {
    const times = titles.map((_, title) => all.filter(play => play.title === title).length)
    expect(times[0]! / times[1]!).to.be.within(1.5, 2.4)
    expect(times[0]! / times[9]!).to.be.within(5.5, 11)
    expect(times.every(count => count > 0)).to.equal(true)
  })

  it('has a listener play one title after the other', () => {
    for (const day of plays) {
      for (const [i, { title, at, leaves }] of day.entries()) {
        const endsAt = at + (leaves ?? titles[title]!.seconds)
        expect(day[i + 1]?.at ?? Number.POSITIVE_INFINITY).to.be.at.least(endsAt - 0.1)
      }
    }
  })

  it('has as many plays left early as it was told, none before it has begun', () => {
    const left = all.filter(({ leaves }) => leaves != null)
    expect(left.length / all.length).to.be.within(0.22, 0.28)
    expect(left.every(({ leaves, title }) =>
      leaves! >= ZIPF_DAY.skipAfterSeconds && leaves! <= titles[title]!.seconds)).to.equal(true)
  })

  it('has those who stay go elsewhere in a title as often as it was told, within it', () => {
    const init = { ...ZIPF_DAY, listeners: 200, sought: 0.4 }
    const { titles, plays } = zipfTrace(init)
    const stayed = plays.flat().filter(({ leaves }) => leaves == null)
    const sought = stayed.flatMap(({ title, seek }) => seek == null ? [] : [{ title, ...seek }])
    expect(sought.length / stayed.length).to.be.within(0.36, 0.44)
    expect(sought.every(({ title, at, to }) =>
      Math.min(at, to) >= 0 && Math.max(at, to) <= titles[title]!.seconds)).to.equal(true)
    expect(sought.some(({ at, to }) => to < at)).to.equal(true)
  })

  it('says how long a play takes, whether one leaves or goes elsewhere', () => {
    const title = { name: 'a', seconds: 60, seed: 1 }
    expect([
      secondsOf({ title: 0, at: 5 }, title),
      secondsOf({ title: 0, at: 5, leaves: 20 }, title),
      secondsOf({ title: 0, at: 5, seek: { at: 10, to: 40 } }, title),
      secondsOf({ title: 0, at: 5, seek: { at: 40, to: 10 } }, title)
    ]).to.deep.equal([60, 20, 30, 90])
  })
})
