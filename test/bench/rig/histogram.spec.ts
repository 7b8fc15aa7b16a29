import { expect } from 'chai'
import fc from 'fast-check'
import { histogramIn, merged, quantileOf } from '../../../bench/rig/histogram.ts'

const TEXT = `# TYPE took histogram
took_bucket{le="0.1",source="edge"} 5
took_bucket{le="1",source="edge"} 10
took_bucket{le="+Inf",source="edge"} 10
took_bucket{le="0.1",source="local"} 1000
other_bucket{le="0.1"} 7
`

describe('bench/rig/histogram', () => {
  const edge = histogramIn(TEXT, 'took', labels => labels.includes('edge'))

  it('reads linearly within a bucket', () => {
    expect(quantileOf(edge, 0.25)).to.be.closeTo(0.05, 1e-9)
    expect(quantileOf(edge, 0.75)).to.be.closeTo(0.55, 1e-9)
    expect(quantileOf(edge, 1)).to.equal(1)
  })

  it('takes what lies past the last bound for that bound', () => {
    expect(quantileOf(new Map([[1, 0], [Infinity, 3]]), 0.5)).to.equal(1)
  })

  it('knows nothing of no observations', () => {
    expect(quantileOf(new Map(), 0.5)).to.be.NaN
  })

  it('never falls as the share grows, and is the same for any number of equals', () => {
    const counts = fc.array(fc.nat(100), { minLength: 3, maxLength: 6 })
    fc.assert(fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (steps, share) => {
      let count = 1
      const histogram = new Map(steps.map((step, i) => {
        count += step
        return [2 ** i, count]
      }))
      const value = quantileOf(histogram, share)
      expect(quantileOf(histogram, 1)).to.be.at.least(value)
      expect(quantileOf(merged([histogram, histogram]), share)).to.be.closeTo(value, 1e-9)
    }))
  })
})
