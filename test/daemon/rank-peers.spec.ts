import { expect } from 'chai'
import type { PeerSummary } from '../../protocols/control/index.ts'
import { Ledger } from '../../protocols/exchange/index.ts'
import { rankPeers } from '../../daemon/rank-peers.ts'
import { PeerScores } from '../../daemon/routing/index.ts'
import { FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'

const peers = await Promise.all([1, 2, 3].map(somePeer))

describe('daemon/rank-peers', () => {
  it('puts the best first, and says why each stands where it does', () => {
    const ledger = new Ledger({ clock: () => 0 })
    const [far, near, unknown] = peers.map(peer => new FakeNeighbour(peer))
    Object.assign(far!, { rttMs: 250, rateBytesPerSecond: 2e5, receivedBytes: 1e6 })
    Object.assign(near!, { rttMs: 3.04, rateBytesPerSecond: 5e6, receivedBytes: 1e8 })
    Object.assign(unknown!, { rttMs: undefined, rateBytesPerSecond: undefined })
    ledger.of(near!.peer).gave(12e6)
    ledger.of(near!.peer).took(4e6)
    ledger.of(far!.peer).took(9e6)
    const ranked = rankPeers({ ledger, scores: new PeerScores({ ledger }) },
      [far!, near!, unknown!], ({ peer }) => ({ peer: `${peer}` }) as PeerSummary)
    expect(ranked.map(({ peer }) => peer)).to.deep.equal([near, unknown, far].map(each =>
      `${each!.peer}`))
    expect(ranked.map(({ why }) => why)).to.deep.equal([
      'near (3 ms), gave 12 MB, took 4 MB, upload 5 MB/s',
      'distance not measured, nothing exchanged lately, upload 4 MB/s (assumed)',
      'far (250 ms), gave 0 B, took 9 MB, upload 200 kB/s'
    ])
    const { score, terms, gaveBytes } = ranked[0]!
    expect(terms.rtt + terms.upload + terms.reciprocity + terms.uptime).to.be.closeTo(score, 1e-9)
    expect(gaveBytes).to.equal(12e6)
  })
})
