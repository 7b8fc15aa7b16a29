import { expect } from 'chai'
import fc from 'fast-check'
import {
  ASKED_LEFT_MS, PLAYING_LEFT_MS, priorityOf, risesInMs, URGENT_LEFT_MS
} from '../../../daemon/retrieval/urgency.ts'

const URGENCY = ['prefetch', 'playing', 'urgent']

describe('daemon/retrieval/urgency', () => {
  it('follows from the time left, and from being asked for', () => {
    expect([0, URGENT_LEFT_MS, PLAYING_LEFT_MS].map(ms => priorityOf(ms, false)))
      .to.deep.equal(['urgent', 'playing', 'prefetch'])
    expect([0, ASKED_LEFT_MS, PLAYING_LEFT_MS].map(ms => priorityOf(ms, true)))
      .to.deep.equal(['urgent', 'playing', 'playing'])
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
