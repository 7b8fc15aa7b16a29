import { expect } from 'chai'
import fc from 'fast-check'
import { askable } from '../../../daemon/retrieval/origin-turn.ts'
import { SAFETY_MS } from '../../../daemon/retrieval/pick.ts'
import {
  type Edges, limitMs, PEER_TIME_MS, type Situation
} from '../../../daemon/retrieval/situation.ts'
import { candidates, fresh, situation, sourceOf as source } from './situations.ts'

/** Expected after 10 + 100 ms. */
const origin = source('origin')
const LAST_CALL_MS = 2 * 110 + SAFETY_MS

/** When it may be asked, in milliseconds from the start; undefined for never. */
function dueOf (more: Partial<Situation>, spared = origin): number | undefined {
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 10) {
    if (askable([spared], { ...fresh, ...more, nowMs }).length > 0) return nowMs
  }
  return undefined
}

describe('daemon/retrieval/origin-turn', () => {
  it('is at once where there is no edge, or none that works', () => {
    expect(dueOf({ edges: 'none' })).to.equal(0)
    expect(dueOf({ edges: 'failed' })).to.equal(0)
  })

  describe('while the edges are busy', () => {
    it('comes when the peers they named have had their time, for what is urgent', () => {
      expect(dueOf({ edges: 'busy', priority: 'urgent' })).to.equal(PEER_TIME_MS)
      expect(dueOf({ edges: 'busy', priority: 'urgent', neededMs: 0 })).to.equal(PEER_TIME_MS)
    })

    it('comes for a busy edge as for an origin', () => {
      const edge = source('edge', { isLastResort: true })
      for (const nowMs of [0, 3_000, 8_000 - LAST_CALL_MS - 10, 8_000 - LAST_CALL_MS]) {
        const state = { ...fresh, nowMs, neededMs: 8_000, edges: 'busy' as const }
        expect(askable([edge], state).length).to.equal(askable([origin], state).length)
      }
    })

    it('comes for the edge at the last call, for the rest of a start that plays', () => {
      const edge = source('edge', { isLastResort: true })
      const urgentBy = (neededMs: number): Partial<Situation> =>
        ({ edges: 'busy', priority: 'urgent', neededMs })
      expect(dueOf(urgentBy(750), edge)).to.equal(750 - LAST_CALL_MS)
      expect(dueOf(urgentBy(1_500), edge)).to.equal(PEER_TIME_MS)
      expect(dueOf(urgentBy(SAFETY_MS + 10), edge)).to.equal(0)
      expect(dueOf(urgentBy(SAFETY_MS), edge)).to.equal(PEER_TIME_MS)
      expect(dueOf(urgentBy(750))).to.equal(PEER_TIME_MS)
    })

    it('comes at its last call for everything else', () => {
      for (const priority of ['playing', 'prefetch', 'offline'] as const) {
        expect(dueOf({ edges: 'busy', priority, neededMs: 8_000 }))
          .to.equal(8_000 - LAST_CALL_MS)
      }
    })
  })

  describe('while an edge is asked', () => {
    it('comes at its last call, for what somebody waits for', () => {
      for (const edges of ['asked', 'open'] as const) {
        expect(dueOf({ edges, neededMs: 3_000 })).to.equal(3_000 - LAST_CALL_MS)
        expect(dueOf({ edges, neededMs: 3_000, priority: 'prefetch' })).to.equal(undefined)
      }
    })

    it('never comes for what was late from the beginning', () => {
      expect(dueOf({ edges: 'asked', neededMs: 0, priority: 'urgent' })).to.equal(undefined)
    })
  })

  it('is of no concern to edges and peers', () => {
    fc.assert(fc.property(candidates, situation, (offered, state) => {
      const asked = askable(offered, state)
      expect(asked).to.include.members(offered.filter(({ kind }) => kind !== 'origin'))
      expect(offered).to.include.members([...asked])
    }))
  })

  it('comes in time or not at all, except where peers have their time first', () => {
    const edges = fc.constantFrom<Edges>('open', 'asked', 'busy')
    fc.assert(fc.property(situation, edges, (state, edges) => {
      const soon = Math.max(limitMs(state), state.sinceMs + PEER_TIME_MS)
      const late = { ...state, edges, nowMs: soon }
      if (edges === 'busy') expect(askable([origin], late)).to.deep.equal([origin])
    }))
  })
})
