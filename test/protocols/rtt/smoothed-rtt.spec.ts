import { expect } from 'chai'
import fc from 'fast-check'
import { SmoothedRtt } from '../../../protocols/rtt/index.ts'

function smoothed (...samples: number[]): SmoothedRtt {
  const rtt = new SmoothedRtt()
  for (const sample of samples) rtt.add(sample)
  return rtt
}

describe('protocols/rtt/smoothed-rtt', () => {
  it('is nothing before, and the first measurement after it', () => {
    expect(smoothed().rttMs).to.equal(undefined)
    expect(smoothed(100).rttMs).to.equal(100)
  })

  it('takes three tenths of each new one', () => {
    expect(smoothed(100, 200).rttMs).to.equal(130)
    expect(smoothed(100, 0).rttMs).to.equal(70)
  })

  it('passes over one that is out of line, and takes the second', () => {
    expect(smoothed(10, 1000).rttMs).to.equal(10)
    expect(smoothed(10, 1000, 10, 1000).rttMs).to.equal(10)
    expect(smoothed(10, 1000, 1000).rttMs).to.equal(307)
    expect(smoothed(10, 1000)).to.include({ samples: 2 })
  })

  it('stays between the least and the most that were measured', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1 }),
      samples => {
        expect(smoothed(...samples).rttMs).to.be.within(Math.min(...samples), Math.max(...samples))
      }))
  })
})
