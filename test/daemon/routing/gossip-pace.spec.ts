import { expect } from 'chai'
import fc from 'fast-check'
import {
  COPIES, LEAST_GAP_MS, LONGEST_PERIOD_MS, Pace, periodMs, SHORTEST_PERIOD_MS
} from '../../../daemon/routing/gossip-pace.ts'

const PERIOD_MS = 100_000

describe('daemon/routing/gossip-pace', () => {
  it('keeps a topic of any size within its budget', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 100, max: 1024 }),
      (records, recordBytes) => {
        const period = periodMs({ records, recordBytes, bytesPerSecond: 1_500 })
        const spent = records * recordBytes * COPIES / (period / 1000)
        return period === LONGEST_PERIOD_MS || spent <= 1_501
      }))
  })

  it('is no shorter than need be, and no longer than others remember', () => {
    const of = (records: number) => periodMs({ records, recordBytes: 400, bytesPerSecond: 1_500 })
    expect(of(2)).to.equal(SHORTEST_PERIOD_MS)
    expect(of(100_000)).to.equal(LONGEST_PERIOD_MS)
    expect(of(128)).to.be.within(120_000, 400_000)
  })

  describe('Pace', () => {
    let now = 0
    let pace: Pace
    beforeEach(() => {
      now = 0
      pace = new Pace({ random: () => 0.5 })
    })
    const isDue = (changedBy = 0) => pace.isDue(now, PERIOD_MS, changedBy)
    const tell = () => { pace.told(now) }

    it('tells first at once, then once a period', () => {
      expect(isDue()).to.equal(true)
      tell()
      now = PERIOD_MS - 1
      expect(isDue()).to.equal(false)
      now = PERIOD_MS
      expect(isDue()).to.equal(true)
    })

    it('tells of a change of more than a tenth, not of less', () => {
      isDue()
      tell()
      now = LEAST_GAP_MS
      expect(isDue(0.1)).to.equal(false)
      expect(isDue(0.11)).to.equal(true)
    })

    it('never tells within 30 s of the last, whatever changed', () => {
      isDue()
      tell()
      now = LEAST_GAP_MS - 1
      expect(isDue(1)).to.equal(false)
    })

    it('does not tell more in the long run because links never rest', () => {
      let told = 0
      for (; now < 100 * PERIOD_MS; now += 5_000) {
        if (!isDue(1)) continue
        tell()
        told++
      }
      expect(told).to.be.within(100, 103)
    })

    it('varies its period, so that those who start together do not tell together', () => {
      const due = [0, 0.999].map(chance => {
        const pace = new Pace({ random: () => chance })
        pace.isDue(0, PERIOD_MS, 0)
        pace.told(0)
        return [0.95, 1.05].map(share => pace.isDue(share * PERIOD_MS, PERIOD_MS, 0))
      })
      expect(due).to.deep.equal([[true, true], [false, false]])
    })
  })
})
