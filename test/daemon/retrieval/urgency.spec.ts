import { expect } from 'chai'
import fc from 'fast-check'
import {
  ASKED_LEFT_MS, askedLeftMs, MAX_ASKED_LEFT_MS, PLAYING_LEFT_MS, priorityOf, risesInMs,
  timedBlocks, URGENT_LEFT_MS
} from '../../../daemon/retrieval/urgency.ts'

const URGENCY = ['prefetch', 'playing', 'urgent']

describe('daemon/retrieval/urgency', () => {
  it('gives what is asked for a moment, and more where much was given before', () => {
    expect([-5, 0, 1_000, 2_000].map(ms => askedLeftMs(ms, 0, 4)))
      .to.deep.equal([-5, 0, 1_000, ASKED_LEFT_MS])
    expect([8_000, 12_000, 1e6].map(ms => askedLeftMs(ms, 0, 4)))
      .to.deep.equal([ASKED_LEFT_MS, 3_000, MAX_ASKED_LEFT_MS])
    expect(askedLeftMs(12_000, 0, 2)).to.equal(6_000)
  })

  it('is in time for a player that has played as fast as may be since it began', () => {
    const given = fc.integer({ min: 12_000, max: 32_000 })
    fc.assert(fc.property(given, fc.nat(1_333), (givenMs, playedMs) => {
      expect(askedLeftMs(givenMs - playedMs, playedMs, 4))
        .to.be.at.most(Math.max(ASKED_LEFT_MS, givenMs / 4 - playedMs) + 1e-6)
    }))
  })

  it('takes no more than a second off for what it cannot see', () => {
    fc.assert(fc.property(fc.nat(100_000), fc.nat(1e6), (leftMs, playedMs) => {
      const most = askedLeftMs(leftMs, 0, 4)
      expect(askedLeftMs(leftMs, playedMs, 4)).to.be.within(most - 1_000, most)
    }))
  })

  it('follows from the time left, and from being asked for', () => {
    expect([0, URGENT_LEFT_MS, PLAYING_LEFT_MS].map(ms => priorityOf(ms, false)))
      .to.deep.equal(['urgent', 'playing', 'prefetch'])
    expect([0, ASKED_LEFT_MS, PLAYING_LEFT_MS].map(ms => priorityOf(ms, true)))
      .to.deep.equal(['urgent', 'playing', 'playing'])
  })

  it('is the less for a block the later in its segment it is played', () => {
    const [small, large] = [{ size: 1_000, name: 'a' }, { size: 3_000, name: 'b' }]
    const segment = { blocks: [small, large, small], size: 5_000, durationMs: 10_000 }
    expect(timedBlocks(segment, 7_000, 4)).to.deep.equal([
      { ...small, neededMs: 7_000 }, { ...large, neededMs: 7_500 }, { ...small, neededMs: 9_000 }
    ])
  })

  it('is higher when it was said to be, and not before', () => {
    fc.assert(fc.property(fc.integer({ min: -10_000, max: 100_000 }), leftMs => {
      const ms = risesInMs(leftMs)
      const now = URGENCY.indexOf(priorityOf(leftMs, false))
      if (ms == null) {
        expect(now).to.equal(2)
      } else {
        expect(URGENCY.indexOf(priorityOf(leftMs - ms, false))).to.equal(now + 1)
        expect(URGENCY.indexOf(priorityOf(leftMs - ms + 1, false))).to.equal(now)
      }
    }))
  })
})
