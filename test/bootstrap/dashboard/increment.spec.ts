import { expect } from 'chai'
import { FRESH_MS, incrementOf } from '../../../bootstrap/dashboard/increment.ts'
import { reportOf } from './reporters.ts'

describe('bootstrap/dashboard/increment', () => {
  const peerBytes = (...args: Parameters<typeof incrementOf>) => incrementOf(...args).counts.peer
  const report = (sinceMs: number, peer: number) => reportOf({ sinceMs, counts: { peer } })

  it('takes the difference of two sums, and nothing of one that went back', () => {
    expect(peerBytes(report(1, 100), report(1, 130), 50)).to.equal(30)
    expect(peerBytes(report(1, 100), report(1, 90), 50)).to.equal(0)
    const [before, now] = [[1, 2], [1, 5]].map(starts => reportOf({ starts }))
    expect(incrementOf(before, now!, 9).starts.slice(0, 2)).to.deep.equal([0, 3])
  })

  it('counts a node that began anew from its start', () => {
    expect(peerBytes(report(1, 100), report(FRESH_MS * 9, 7), FRESH_MS * 20)).to.equal(7)
  })

  it('counts the first report of a node that began just now, and none of an older one', () => {
    expect(peerBytes(undefined, report(1_000, 7), 1_000 + FRESH_MS)).to.equal(7)
    expect(peerBytes(undefined, report(1_000, 7), 1_001 + FRESH_MS)).to.equal(0)
  })
})
