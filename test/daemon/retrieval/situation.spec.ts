import { expect } from 'chai'
import { timesFor } from '../../../daemon/retrieval/hedge.ts'
import {
  type Candidate, PEER_TIME_MS, peersEndMs, type Situation
} from '../../../daemon/retrieval/situation.ts'

const NOW = 10_000

const situation = (more: Partial<Situation> = {}): Situation => ({
  nowMs: NOW,
  sinceMs: NOW,
  deadlineMs: NOW + 20_000,
  priority: 'playing',
  policy: 'peers-first',
  sizeBytes: 100_000,
  askedMs: NOW,
  pending: 0,
  helpMs: 0,
  edges: 'open',
  isHeldByBusy: false,
  isSeeking: false,
  mayImprove: false,
  ...more
})

describe('daemon/retrieval/situation', () => {
  it('gives peers their time before servers, or as much as it is told', () => {
    expect(peersEndMs(situation())).to.equal(NOW + PEER_TIME_MS)
    expect(peersEndMs(situation({ peerTimeMs: 300 }))).to.equal(NOW + 300)
    expect(peersEndMs(situation({ peerTimeMs: 4_000 }))).to.equal(NOW + 4_000)
  })

  it('gives them their share of what can wait, however little they are given otherwise', () => {
    const later = situation({ priority: 'prefetch', neededMs: NOW + 9_000, peerTimeMs: 0 })
    expect(peersEndMs(later)).to.equal(NOW + 3_000)
  })

  it('lets one peer be silent no longer than all of them may take', () => {
    const peer: Candidate = {
      kind: 'peer', id: 'a', rttMs: 200, rateBytesPerSecond: undefined, inFlight: 0, holds: 'have'
    }
    expect(timesFor(peer, situation()).budgetMs).to.equal(500)
    expect(timesFor(peer, situation({ peerTimeMs: 250 })).budgetMs).to.equal(250)
  })
})
