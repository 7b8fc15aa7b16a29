import { expect } from 'chai'
import fc from 'fast-check'
import { expectedMs, nextStep } from '../../../daemon/retrieval/pick.ts'
import {
  type Candidate, limitMs, PEER_TIME_MS, type Situation
} from '../../../daemon/retrieval/situation.ts'
import {
  candidates, picked, rolls, situation, sourceOf as source, type stepOf
} from './situations.ts'

const dice = fc.double({ min: 0, max: 0.999, noNaN: true })

describe('daemon/retrieval/pick', () => {
  it('expects a block after one round trip and the queue at the rate of the source', () => {
    expect(expectedMs(source('peer', { inFlight: 3 }), 100_000)).to.equal(10 + 400)
  })

  describe('among peers', () => {
    it('prefers an idle far peer to a busy near one', () => {
      const far = source('peer', { id: 'far', rttMs: 150 })
      const near = source('peer', { id: 'near', rttMs: 1, inFlight: 5 })
      expect(picked([near, far])).to.equal(far)
    })

    it('prefers the one with the better score, up to three times as slow', () => {
      const good = (inFlight: number) => source('peer', { id: 'good', score: 1, inFlight })
      const bad = source('peer', { id: 'bad', score: 0 })
      expect(picked([bad, good(1)])).to.have.property('id', 'good')
      expect(picked([bad, good(3)])).to.equal(bad)
    })

    it('spreads blocks asked for at once over equal peers', () => {
      const peers = ['a', 'b', 'c', 'd'].map(id => ({ ...source('peer', { id }) }))
      for (let i = 0; i < 16; i++) {
        const peer = picked(peers) as { inFlight: number }
        peer.inFlight++
      }
      expect(peers.map(({ inFlight }) => inFlight)).to.deep.equal([4, 4, 4, 4])
    })

    it('spreads blocks over peers that are all fast, whatever was measured of them', () => {
      const peers = [50e6, 100e6, 200e6, 400e6].map(rateBytesPerSecond =>
        ({ ...source('peer'), rateBytesPerSecond, inFlight: 0 }))
      for (let i = 0; i < 8; i++) {
        const first = picked(peers)
        peers.find(peer => peer === first)!.inFlight++
      }
      for (const { inFlight } of peers) {
        expect(inFlight).to.be.within(1, 3)
      }
    })

    it('shares blocks alike where who is asked for more is measured as faster', () => {
      const peers = ['a', 'b', 'c', 'd'].map((id, i) => (
        { ...source('peer', { id }), rateBytesPerSecond: 1e6 * (i + 1), inFlight: 0 }
      ))
      const carried = new Map<string, number>()
      for (let round = 0; round < 40; round++) {
        peers.forEach(peer => { peer.inFlight = 0 })
        for (let i = 0; i < 32; i++) {
          const peer = picked(peers) as { id: string, inFlight: number }
          peer.inFlight++
          carried.set(peer.id, (carried.get(peer.id) ?? 0) + 1)
        }
        // The link is ours, 10 MB/s: each has its part of it.
        peers.forEach(peer => { peer.rateBytesPerSecond = Math.max(1, peer.inFlight / 32 * 1e7) })
      }
      for (const blocks of carried.values()) {
        expect(blocks / (40 * 32)).to.be.within(0.2, 0.3)
      }
    })

    it('leaves a few picks to chance among those who can make it, none when urgent', () => {
      const best = source('peer', { id: 'best' })
      const other = source('peer', { id: 'other', rttMs: 90 })
      const hopeless = source('peer', { id: 'hopeless', rttMs: 60_000 })
      const lucky = rolls(0.01, 0.01)
      expect(picked([best, hopeless, other], {}, lucky)).to.equal(other)
      expect(picked([best, other], { priority: 'urgent' }, rolls(0.01, 0.01))).to.equal(best)
    })

    it('gives everyone who can make it a turn, the far and the new too', () => {
      const peers = [
        source('peer', { id: 'best', rttMs: 1, rateBytesPerSecond: 1e8, score: 1 }),
        source('peer', { id: 'far', rttMs: 300, score: 0 }),
        source('peer', { id: 'new', rttMs: undefined, rateBytesPerSecond: undefined, score: 0 })
      ]
      const seed = fc.sample(dice, { numRuns: 20_000, seed: 1 })
      const turns = new Set(Array.from({ length: 2000 }, () =>
        (picked(peers, {}, () => seed.pop() ?? 0.5) as Candidate).id))
      expect([...turns]).to.have.members(['best', 'far', 'new'])
    })
  })

  describe('among servers', () => {
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
  })

  describe('peers-first', () => {
    const peer = source('peer', { rttMs: 500 })
    const edge = source('edge')

    it('takes a peer that can make it before a faster server', () => {
      expect(picked([edge, peer])).to.equal(peer)
    })

    it('takes the server the sooner, the closer the time at which the media is needed', () => {
      expect(picked([edge, peer], { neededMs: 1300 })).to.equal(peer)
      expect(picked([edge, peer], { neededMs: 1100 })).to.equal(edge)
      expect(picked([edge, peer], { neededMs: -100 })).to.equal(edge)
      expect(picked([peer], { neededMs: -100 })).to.equal(peer)
    })

    it('takes the server once peers have had their time', () => {
      const asked = { askedMs: 0, pending: 1, helpMs: 0 }
      expect(picked([edge, peer], { ...asked, nowMs: PEER_TIME_MS - 1 })).to.equal(peer)
      expect(picked([edge, peer], { ...asked, nowMs: PEER_TIME_MS })).to.equal(edge)
      expect(picked([edge, peer], { nowMs: PEER_TIME_MS })).to.equal(peer)
    })
  })

  describe('server-first', () => {
    const policy = 'server-first' as const
    const [peer, edge, origin] = [source('peer', { rttMs: 1 }), source('edge'), source('origin')]

    it('takes the server until it is busy, then the swarm', () => {
      expect(picked([peer, edge], { policy, edges: 'open' })).to.equal(edge)
      expect(picked([peer], { policy, edges: 'busy' })).to.equal(peer)
    })

    it('takes a peer that is sooner where the server would be late', () => {
      const full = source('edge', { rttMs: 20, rateBytesPerSecond: 100_000, inFlight: 40 })
      expect(picked([peer, full], { policy, edges: 'open' })).to.equal(peer)
      const slower = source('peer', { ...full, kind: 'peer', inFlight: 41 })
      expect(picked([slower, full], { policy, edges: 'open' })).to.equal(full)
    })

    it('gets help for a slow server from the swarm, not by another way to it', () => {
      expect(picked([peer, edge], { policy, askedMs: 0, pending: 1, nowMs: 3000 })).to.equal(peer)
      expect(picked([edge], { policy, askedMs: 0, pending: 1, nowMs: 3000 })).to.equal(edge)
    })

    it('spares the origin while edges are busy, unless it is the only server there is', () => {
      expect(picked([peer, origin], { policy, edges: 'busy' })).to.equal(peer)
      expect(picked([peer, origin], { policy, edges: 'none' })).to.equal(origin)
      expect(picked([origin], { policy, edges: 'busy' })).to.equal(origin)
    })
  })

  describe('urgent', () => {
    const priority = 'urgent' as const
    const edge = source('edge', { rttMs: 20 })

    it('goes to whoever is faster, of those who are certain', () => {
      const near = source('peer', { id: 'near', rttMs: 5 })
      const far = source('peer', { id: 'far', rttMs: 200 })
      expect(picked([far, near, edge], { priority })).to.equal(near)
      expect(picked([far, edge], { priority })).to.equal(edge)
    })

    it('goes to a peer that has it in ample time, where it is not played at once', () => {
      const swift = source('edge', { rttMs: 5, rateBytesPerSecond: 1e7 })
      const far = source('peer', { id: 'far', rttMs: 100 })
      expect(picked([far, swift], { priority, neededMs: 0 })).to.equal(swift)
      expect(picked([far, swift], { priority, neededMs: 2 * 199 })).to.equal(swift)
      expect(picked([far, swift], { priority, neededMs: 2 * 201 })).to.equal(far)
      const slow = source('peer', { rttMs: 210 })
      expect(picked([slow, swift], { priority, neededMs: 9_000 })).to.equal(swift)
    })

    it('goes to a peer at once where the edge is busy, before the origin', () => {
      const [blank, origin] = [source('peer', { rateBytesPerSecond: undefined }), source('origin')]
      expect(picked([blank, origin], { priority, edges: 'busy' })).to.equal(blank)
    })

    it('goes to the edge at once, not to a peer that was never measured', () => {
      const swift = source('edge', { rttMs: 20, rateBytesPerSecond: 1e7 })
      const blank = source('peer', { rttMs: undefined, rateBytesPerSecond: undefined })
      expect(picked([blank, swift], { priority, neededMs: 9_000 })).to.equal(swift)
      const near = source('peer', { rttMs: 1, rateBytesPerSecond: undefined })
      expect(picked([near, swift], { priority })).to.equal(swift)
      expect(picked([near, swift], { priority, sizeBytes: 500 })).to.equal(near)
      expect(picked([near, swift], { priority, neededMs: 9_000 })).to.equal(near)
      const stranger = source('peer', { holds: 'unknown' })
      expect(picked([stranger, edge], { priority, mayImprove: true })).to.equal(edge)
      expect(picked([blank], { priority })).to.equal(blank)
    })
  })

  it('asks no stranger while an edge is at it, or will be', () => {
    const stranger = source('peer', { holds: 'unknown' })
    expect(picked([stranger], { edges: 'failed' })).to.equal(stranger)
    for (const edges of ['asked', 'busy'] as const) {
      expect(picked([stranger], { edges })).to.equal('wait')
    }
  })

  it('stops when nobody is left and nothing may get better', () => {
    expect(picked([])).to.equal('stop')
    expect(picked([], { mayImprove: true })).to.equal('wait')
    expect(picked([], { pending: 1 })).to.equal('wait')
    expect(picked([], { edges: 'busy' })).to.equal('wait')
    expect(picked([source('peer', { holds: 'loading' })], { nowMs: 5000 })).to.equal('wait')
  })

  describe('whatever the situation', () => {
    const always = (rule: (
      offered: Candidate[], state: Situation, step: ReturnType<typeof stepOf>
    ) => void) => {
      fc.assert(fc.property(candidates, situation, dice, (offered, state, roll) => {
        rule(offered, state, nextStep(offered, state, () => roll))
      }))
    }

    it('asks only who is offered, and never who is loading', () => {
      always((offered, _state, step) => {
        if (step.do === 'ask') {
          expect(offered).to.include(step.source)
          expect(step.source.kind === 'peer' && step.source.holds === 'loading').to.equal(false)
        }
      })
    })

    it('waits for a time above zero, and stops only when nothing can come', () => {
      always((offered, state, step) => {
        if (step.do === 'wait') {
          expect(step.ms).to.be.above(0).and.below(Infinity)
        }
        if (step.do === 'stop') {
          expect([state.pending, state.mayImprove]).to.deep.equal([0, false])
          expect(state.edges).not.to.be.oneOf(['asked', 'busy'])
          expect(offered.filter(({ holds }) => holds !== 'loading')).to.deep.equal([])
        }
      })
    })

    it('leaves those alone who are asked and need no help', () => {
      always((_offered, state, step) => {
        if (state.pending > 0 && state.nowMs < state.helpMs) {
          expect(step).to.deep.equal({ do: 'wait', ms: state.helpMs - state.nowMs })
        }
      })
    })

    it('ends: waits for others are over before the limit', () => {
      always((offered, state) => {
        const nowMs = Math.max(0, limitMs(state))
        const late =
          { ...state, pending: 0, mayImprove: false, edges: 'failed', nowMs } as const
        const step = nextStep(offered, late, () => 0.5)
        const isSomebody = offered.some(({ kind, holds }) => kind !== 'peer' || holds !== 'loading')
        expect(step.do === 'ask').to.equal(isSomebody)
      })
    })

    it('takes a server before a peer of whom nothing is known', () => {
      always((offered, _state, step) => {
        if (step.do === 'ask' && step.source.kind === 'peer' && step.source.holds === 'unknown') {
          expect(offered.filter(({ kind, holds }) => kind !== 'peer' || holds === 'have'))
            .to.deep.equal([])
        }
      })
    })

    it('takes no server, peers-first, while a peer can make it and nothing is urgent', () => {
      always((offered, state, step) => {
        const leftMs = limitMs(state) - state.nowMs
        const isHeld = offered.some(peer => peer.kind === 'peer' && peer.holds === 'have' &&
          !(state.isDownload === true && peer.isFar === true) &&
          expectedMs(peer, state.sizeBytes) <= leftMs / 2)
        const hasTime = state.nowMs - (state.askedMs ?? state.nowMs) < PEER_TIME_MS
        if (step.do === 'ask' && isHeld && hasTime &&
          state.priority !== 'urgent' && state.policy === 'peers-first') {
          expect(step.source.kind).to.equal('peer')
        }
      })
    })

    it('asks no origin while an edge may be asked', () => {
      always((offered, _state, step) => {
        if (step.do === 'ask' && step.source.kind === 'origin') {
          expect(offered.filter(({ kind }) => kind === 'edge')).to.deep.equal([])
        }
      })
    })
  })
})
