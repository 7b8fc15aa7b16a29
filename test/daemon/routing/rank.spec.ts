import { expect } from 'chai'
import fc from 'fast-check'
import { DEFAULT_WEIGHTS, type PeerFacts, score } from '../../../daemon/routing/index.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const facts = fc.record<Required<PeerFacts>>({
  rttMs: fc.double({ min: 0, max: 5000, noNaN: true }),
  uploadBytesPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
  reciprocity: share,
  uptime: share
})
const ALL_WEIGHTS = { rtt: 1, upload: 1, reciprocity: 1, uptime: 1 }

describe('daemon/routing/rank', () => {
  it('prefers the nearer of two like peers', () => {
    expect(score({ rttMs: 5 })).to.be.greaterThan(score({ rttMs: 200 }))
  })

  it('is between nothing and the sum of the weights', () => {
    fc.assert(fc.property(facts, known => {
      expect(score(known, ALL_WEIGHTS)).to.be.within(0, 4)
    }))
  })

  it('never falls when one fact gets better', () => {
    fc.assert(fc.property(facts, share, (known, more) => {
      const better: PeerFacts[] = [
        { ...known, rttMs: known.rttMs * more },
        { ...known, uploadBytesPerSecond: known.uploadBytesPerSecond * (1 + more) },
        { ...known, uploadBytesPerSecond: Infinity },
        { ...known, reciprocity: Math.max(known.reciprocity, more) },
        { ...known, uptime: Math.max(known.uptime, more) }
      ]
      for (const facts of better) {
        expect(score(facts, ALL_WEIGHTS)).to.be.at.least(score(known, ALL_WEIGHTS))
      }
    }))
  })

  it('leaves out what has no weight, as uptime has none by default', () => {
    expect(score({ uptime: 1 })).to.equal(score({ uptime: 0 }))
    const noRtt = { ...DEFAULT_WEIGHTS, rtt: 0 }
    expect(score({ rttMs: 1 }, noRtt)).to.equal(score({ rttMs: 900 }, noRtt))
  })

  it('ranks a peer of whom nothing is known between a good and a bad one', () => {
    const good = { rttMs: 1, uploadBytesPerSecond: 1e8, reciprocity: 1 }
    const bad = { rttMs: 2000, uploadBytesPerSecond: 1e3, reciprocity: 0 }
    expect(score(good)).to.be.greaterThan(score({}))
    expect(score({})).to.be.greaterThan(score(bad))
  })
})
