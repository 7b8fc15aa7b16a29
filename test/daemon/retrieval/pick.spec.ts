import { expect } from 'chai'
import fc from 'fast-check'
import {
  budgetMs, type Candidate, EXPLORATION, expectedMs, nextStep, patienceMs, PEER_TIME_MS,
  type Situation
} from '../../../daemon/retrieval/pick.ts'

const priority = fc.constantFrom('urgent', 'playing', 'prefetch', 'offline' as const)
const candidate = fc.record<Candidate>({
  kind: fc.constantFrom('peer', 'edge', 'origin'),
  id: fc.uuid(),
  rttMs: fc.option(fc.double({ min: 0, max: 2000, noNaN: true }), { nil: undefined }),
  rateBytesPerSecond: fc.option(fc.double({ min: 0, max: 1e8, noNaN: true }), { nil: undefined }),
  inFlight: fc.nat(64),
  holds: fc.constantFrom('have', 'loading', 'unknown')
})
const situation = fc.record<Situation>({
  nowMs: fc.integer({ min: 0, max: 20_000 }),
  sinceMs: fc.constant(0),
  deadlineMs: fc.constant(10_000),
  priority,
  sizeBytes: fc.integer({ min: 1, max: 1024 * 1024 }),
  pending: fc.nat(4),
  pendingBudgetMs: fc.integer({ min: 0, max: 20_000 }),
  mayImprove: fc.boolean()
})
const dice = fc.double({ min: 0, max: 0.999, noNaN: true })

const source = (kind: Candidate['kind'], more: Partial<Candidate> = {}): Candidate => ({
  kind, id: kind, rttMs: 10, rateBytesPerSecond: 1e6, inFlight: 0, holds: 'have', ...more
})
const fresh: Situation = {
  nowMs: 0,
  sinceMs: 0,
  deadlineMs: 10_000,
  priority: 'playing',
  sizeBytes: 100_000,
  pending: 0,
  pendingBudgetMs: 0,
  mayImprove: false
}
const picked = (candidates: Candidate[], more: Partial<Situation> = {}, random = () => 0.5) => {
  const step = nextStep(candidates, { ...fresh, ...more }, random)
  return step.do === 'ask' ? step.source : step.do
}

describe('daemon/retrieval/pick', () => {
  it('expects a block after one round trip and the queue at the rate of the source', () => {
    expect(expectedMs(source('peer', { inFlight: 3 }), 100_000)).to.equal(10 + 400)
  })

  it('prefers an idle far peer to a busy near one', () => {
    const far = source('peer', { id: 'far', rttMs: 150 })
    const near = source('peer', { id: 'near', rttMs: 1, inFlight: 5 })
    expect(picked([near, far])).to.equal(far)
  })

  it('spreads blocks asked for at once over equal peers', () => {
    const peers = ['a', 'b', 'c', 'd'].map(id => ({ ...source('peer', { id }) }))
    for (let i = 0; i < 16; i++) {
      const peer = picked(peers) as { inFlight: number }
      peer.inFlight++
    }
    expect(peers.map(({ inFlight }) => inFlight)).to.deep.equal([4, 4, 4, 4])
  })

  it('leaves a few picks to chance, and none when it is urgent', () => {
    const best = source('peer', { id: 'best' })
    const other = source('peer', { id: 'other', rttMs: 90 })
    expect(picked([best, other], {}, rolls(0.01, 0.9))).to.equal(other)
    expect(picked([best, other], { priority: 'urgent' }, rolls(0.01, 0.9))).to.equal(best)
  })

  it('asks edges by RTT, unmeasured ones after measured ones, origins last', () => {
    const order = [
      source('edge', { id: 'near', rttMs: 3 }),
      source('edge', { id: 'far', rttMs: 300 }),
      source('edge', { id: 'new', rttMs: undefined }),
      source('edge', { holds: 'unknown', rttMs: 1 }),
      source('origin')
    ]
    const left = order.toReversed()
    const asked = order.map(() => {
      const next = picked(left) as Candidate
      left.splice(left.indexOf(next), 1)
      return next
    })
    expect(asked).to.deep.equal(order)
  })

  it('stops when nobody is left and nothing may get better', () => {
    expect(picked([])).to.equal('stop')
    expect(picked([], { mayImprove: true })).to.equal('wait')
    expect(picked([], { pending: 1 })).to.equal('wait')
    expect(picked([source('peer', { holds: 'loading' })], { nowMs: 5000 })).to.equal('wait')
  })

  it('waits while an asked source has time left, and never stops then', () => {
    fc.assert(fc.property(fc.array(candidate), situation, dice, (candidates, state, roll) => {
      const step = nextStep(candidates, state, () => roll)
      if (state.pending > 0 && state.nowMs < state.pendingBudgetMs) {
        expect(step).to.deep.equal({ do: 'wait', ms: state.pendingBudgetMs - state.nowMs })
      }
      if (state.pending > 0 || state.mayImprove) {
        expect(step.do).not.to.equal('stop')
      }
    }))
  })

  it('asks holders before servers, edges before origins, strangers last, the loading never', () => {
    fc.assert(fc.property(fc.array(candidate), situation, dice, (candidates, state, roll) => {
      const step = nextStep(candidates, { ...state, pending: 0 }, () => roll)
      const holders = candidates.filter(({ kind, holds }) => kind === 'peer' && holds === 'have')
      const servers = candidates.filter(({ kind }) => kind !== 'peer')
      const edges = servers.filter(({ kind }) => kind === 'edge')
      if (step.do !== 'ask') {
        return
      }
      expect(candidates).to.include(step.source)
      if (step.source.kind === 'peer') {
        expect(step.source.holds).not.to.equal('loading')
        expect(step.source.holds === 'unknown' && servers.length > 0).to.equal(false)
      } else {
        const leftMs = state.deadlineMs - state.nowMs
        const isFast = holders.some(holder => expectedMs(holder, state.sizeBytes) <= leftMs / 2)
        const isLucky = roll < EXPLORATION && state.priority !== 'urgent'
        expect(isFast && !isLucky && state.nowMs < PEER_TIME_MS).to.equal(false)
        expect(step.source.kind === 'origin' && edges.length > 0).to.equal(false)
      }
    }))
  })

  it('lets no silent peer last past the first second, and gives every source a little time', () => {
    fc.assert(fc.property(candidate, situation, (source, state) => {
      const ms = budgetMs(source, state)
      expect(ms).to.be.at.least(100)
      if (source.kind === 'peer' && state.nowMs < PEER_TIME_MS) {
        expect(state.nowMs + ms).to.be.below(1000)
      }
      expect(ms).to.be.at.most(Math.max(100, (state.deadlineMs - state.nowMs) / 3))
    }))
  })

  it('has no more patience than half the time that is left, and none when it is urgent', () => {
    const slow = source('peer', { rateBytesPerSecond: 10_000 })
    expect(patienceMs(slow, fresh)).to.equal(5000)
    const urgent: Situation = { ...fresh, priority: 'urgent' }
    expect(patienceMs(slow, urgent)).to.equal(budgetMs(slow, urgent))
  })

  it('waits for a loading neighbour only where nobody has the block and nothing is urgent', () => {
    const loading = source('peer', { id: 'loading', holds: 'loading' })
    const edge = source('edge')
    expect(picked([loading, edge])).to.equal('wait')
    expect(picked([loading, edge], { nowMs: 300 })).to.equal(edge)
    expect(picked([loading, edge], { priority: 'urgent' })).to.equal(edge)
    const holder = source('peer', { id: 'holder' })
    expect(picked([loading, edge, holder])).to.equal(holder)
  })
})

function rolls (...values: number[]): () => number {
  return () => values.length > 1 ? values.shift()! : values[0]!
}
