import { expect } from 'chai'
import { quantileMs, type Step, summaryOf } from '../../../protocols/dashboard/index.ts'

const step = (overrides: Partial<Step>): Step => ({
  atMs: 0, nodes: { peer: 0, edge: 0, origin: 0, bootstrap: 0 }, reporting: 0, cut: 0, sums: {},
  starts: [], ...overrides
})

describe('protocols/dashboard/summary', () => {
  it('says where what listeners used came from', () => {
    const steps = [
      step({ sums: { peer: { peer: 60, edge: 15, given: 60 } } }),
      step({ sums: { peer: { origin: 5, given: 40, wasted: 2 } }, cut: 1 })
    ]
    const { peer, edge, origin, own, wastedBytes, cut } = summaryOf(steps)
    expect([peer, edge, origin, own, wastedBytes, cut]).to.deep.equal([0.6, 0.15, 0.05, 0.2, 2, 1])
  })

  it('counts nothing as from before when more was fetched than played', () => {
    const { peer, own } = summaryOf([step({ sums: { peer: { peer: 100, given: 50 } } })])
    expect([peer, own]).to.deep.equal([1, 0])
  })

  it('saves the origin what players were given by others', () => {
    const sums = {
      peer: { given: 700 }, edge: { given: 300, local: 90, origin: 10 },
      origin: { sent: 60, uploaded: 40, given: 0 }
    }
    const { givenBytes, originBytes, saved, edgeHits } = summaryOf([step({ sums })])
    expect([givenBytes, originBytes, saved, edgeHits]).to.deep.equal([1_000, 100, 0.9, 0.9])
    expect(summaryOf([step({ sums: { peer: { given: 1 }, origin: { sent: 9 } } })]).saved)
      .to.equal(0)
  })

  it('tells how playing goes', () => {
    const peer = { mediaMs: 90_000, mediaBytes: 1_440_000, stalls: 2, stalledMs: 10_000 }
    const { bitrate, rebuffering, stalls, stalledMs } = summaryOf([step({ sums: { peer } })])
    expect([bitrate, rebuffering, stalls, stalledMs]).to.deep.equal([128_000, 0.1, 2, 10_000])
  })

  it('knows nothing of what did not happen', () => {
    const summary = summaryOf([])
    for (const name of ['peer', 'saved', 'p50Ms', 'bitrate', 'rebuffering', 'edgeHits']) {
      expect(summary).not.to.have.property(name)
    }
    expect(summary.startUps).to.equal(0)
  })

  it('finds a quantile within its class', () => {
    expect(quantileMs([0, 10], 0.5)).to.equal(37.5)
    expect(quantileMs([1, 0, 0, 1], 0.5)).to.equal(25)
    expect(quantileMs([1, 0, 0, 1], 1)).to.equal(150)
    expect(quantileMs([...Array.from({ length: 15 }, () => 0), 3], 0.5)).to.equal(10_000)
    expect(quantileMs([0, 0], 0.5)).to.equal(undefined)
    const { p50Ms, p95Ms } = summaryOf([step({ starts: [9] }), step({ starts: [0, 1] })])
    expect([Math.round(p50Ms!), p95Ms]).to.deep.equal([14, 37.5])
  })
})
