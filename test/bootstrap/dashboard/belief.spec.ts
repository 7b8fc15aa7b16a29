import { expect } from 'chai'
import fc from 'fast-check'
import { believed, MEDIAN_TIMES, type Said } from '../../../bootstrap/dashboard/belief.ts'
import { noCounts, REPORT_COUNTS } from '../../../protocols/tracker/index.ts'
import { reportOf, type Reported } from './reporters.ts'

const said = (reported: Reported, role: Said['role'] = 'peer'): Said =>
  ({ role, increment: reportOf(reported), elapsedMs: 30_000 })
const listeners = (count: number) =>
  Array.from({ length: count }, () => said({ counts: { peer: 400_000, edge: 80_000 } }))

describe('bootstrap/dashboard/belief', () => {
  it('counts a peer for at most ten usual ones, and keeps the ratio in what it says', () => {
    const [liar, honest] = believed(
      [said({ counts: { peer: 3e9, edge: 1e9 } }), ...listeners(9)])
    expect(liar!.isCut).to.equal(true)
    expect(liar!.increment.counts.peer).to.be.closeTo(MEDIAN_TIMES * 360_000, 1)
    expect(liar!.increment.counts.edge).to.be.closeTo(MEDIAN_TIMES * 120_000, 1)
    expect([honest!.isCut, honest!.increment.counts.peer]).to.deep.equal([false, 400_000])
  })

  it('knows no usual among few, nor among servers', () => {
    const heavy = { counts: { peer: 1e9 } }
    expect(believed([said(heavy), ...listeners(3)])[0]!.isCut).to.equal(false)
    expect(believed([said({ counts: { sent: 1e10 } }, 'edge'), ...listeners(9)])[0]!.isCut)
      .to.equal(false)
    const uploads = [1e9, 1, 1, 1, 1, 1, 1].map(uploaded => said({ counts: { uploaded } }))
    expect(believed(uploads)[0]!.isCut).to.equal(false)
  })

  it('counts nobody for more than a machine can do, however few they are', () => {
    const most = Number.MAX_SAFE_INTEGER
    const counts = Object.fromEntries(REPORT_COUNTS.map(name => [name, most]))
    const [{ increment, isCut }] = believed([said({ counts, starts: [most] })]) as [
      ReturnType<typeof believed>[0]]
    expect(isCut).to.equal(true)
    const seconds = 30
    expect(increment.counts.peer + increment.counts.edge).to.be.at.most(125e6 * seconds)
    expect(increment.counts.mediaMs).to.be.at.most(1_000 * seconds * 256)
    expect(increment.counts.stalls).to.be.at.most(seconds)
    expect(increment.starts[0]).to.be.at.most(seconds)
  })

  it('never makes more of what is said, nor changes it', () => {
    const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    const counts = fc.record(Object.fromEntries(REPORT_COUNTS.map(name => [name, count])))
    fc.assert(fc.property(fc.array(counts, { maxLength: 12 }), all => {
      const before = all.map(counts => said({ counts }))
      const after = believed(before)
      for (const [i, { increment }] of after.entries()) {
        expect(before[i]!.increment.counts).to.deep.equal({ ...noCounts(), ...all[i] })
        for (const name of REPORT_COUNTS) {
          expect(increment.counts[name]).to.be.within(0, before[i]!.increment.counts[name])
        }
      }
    }), { numRuns: 50 })
  })
})
