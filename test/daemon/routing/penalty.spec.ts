import { expect } from 'chai'
import { DEFAULT_BAN_MS, PenaltyBook, type PenaltyInit } from '../../../daemon/routing/index.ts'

describe('daemon/routing/penalty', () => {
  let nowMs: number
  const clock = () => nowMs
  const book = (init?: PenaltyInit) => new PenaltyBook({ clock }, init)

  beforeEach(() => { nowMs = 1_000_000 })

  it('bans for an hour unless told otherwise, and says until when', () => {
    const penalties = book()
    expect(penalties.ban('a')).to.equal(nowMs + DEFAULT_BAN_MS)
    expect(penalties.ban('b', 10)).to.equal(nowMs + 10)
    expect(penalties.banned()).to.deep.equal(['a', 'b'])
    nowMs += 10
    expect(penalties.banned()).to.deep.equal(['a'])
    nowMs += DEFAULT_BAN_MS
    expect(penalties.isBlocked('a')).to.equal(false)
  })

  it('does not shorten a ban, and keeps it over a success', () => {
    const penalties = book()
    penalties.ban('a')
    penalties.ban('a', 1)
    penalties.succeed('a')
    nowMs += 1000
    expect(penalties.isBanned('a')).to.equal(true)
  })

  it('backs off twice as long with each failure, up to a bound', () => {
    const penalties = book()
    const backoffs = Array.from({ length: 8 }, () => {
      penalties.fail('a')
      const sinceMs = nowMs
      while (penalties.isBlocked('a')) {
        nowMs += 10
      }
      return nowMs - sinceMs
    })
    expect(backoffs).to.deep.equal([250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
  })

  it('counts failures of one moment once', () => {
    const penalties = book()
    const sentMs = nowMs
    nowMs += 100
    for (let i = 0; i < 10; i++) {
      penalties.fail('a', sentMs)
    }
    nowMs += 250
    expect(penalties.isBlocked('a')).to.equal(false)
  })

  it('tells the first failure since a success from those that follow', () => {
    const penalties = book()
    expect([penalties.fail('a'), penalties.fail('a'), penalties.fail('b')])
      .to.deep.equal([true, false, true])
    penalties.succeed('a')
    expect(penalties.fail('a')).to.equal(true)
  })

  it('forgets failures after a success', () => {
    const penalties = book()
    penalties.fail('a')
    penalties.fail('a')
    penalties.succeed('a')
    expect(penalties.isBlocked('a')).to.equal(false)
    penalties.fail('a')
    nowMs += 250
    expect(penalties.isBlocked('a')).to.equal(false)
  })

  it('pauses a busy source for as long as it asks, within reason', () => {
    const penalties = book()
    penalties.pause('a', 1500)
    penalties.pause('b', 1e12)
    penalties.pause('c', 0)
    expect(penalties.isBlocked('c')).to.equal(true)
    nowMs += 1499
    expect(penalties.isBlocked('a')).to.equal(true)
    nowMs += 1
    expect(penalties.isBlocked('a')).to.equal(false)
    nowMs += 5000
    expect(penalties.isBlocked('b')).to.equal(false)
  })

  it('knows the busy from the failing, and pauses longer who is busy every time', () => {
    const penalties = book()
    penalties.fail('failing')
    penalties.pause('busy', 0)
    expect(['busy', 'failing', 'other'].map(id => penalties.isBusy(id)))
      .to.deep.equal([true, false, false])
    let pauses = 0
    for (let ms = 0; ms < 60_000; ms += 10) {
      if (!penalties.isBlocked('busy')) {
        penalties.pause('busy', 0)
        pauses++
      }
      nowMs += 10
    }
    expect(pauses).to.be.within(12, 20)
    penalties.succeed('busy')
    penalties.pause('busy', 0)
    nowMs += 100
    expect([penalties.isBlocked('busy'), penalties.isBusy('busy')]).to.deep.equal([false, false])
  })

  it('stays within its bound, and lets bans go last', () => {
    const penalties = book({ maxEntries: 3 })
    penalties.ban('bad')
    for (let i = 0; i < 100; i++) {
      penalties.fail(`peer ${i}`)
    }
    expect(penalties.isBanned('bad')).to.equal(true)
    const last = ['peer 97', 'peer 98', 'peer 99']
    expect(last.filter(id => penalties.isBlocked(id))).to.have.length(2)
    for (const id of ['a', 'b', 'c', 'd']) {
      penalties.ban(id)
    }
    expect(penalties.banned()).to.deep.equal(['b', 'c', 'd'])
  })
})
