import { expect } from 'chai'
import fc from 'fast-check'
import {
  distanceTo, errorOf, landmarkBound, measuredRtt, peerNumber, type Sketched, sketchOf
} from '../../bootstrap/sketch.ts'
import { distanceMs } from '../../daemon/routing/coordinates.ts'

const name = fc.nat(40).map(n => `12D3KooW${n}`)
const rtts = fc.uniqueArray(
  fc.record({ peer: name, rttMs: fc.double({ min: 0, max: 500, noNaN: true }) }),
  { selector: ({ peer }) => peer, maxLength: 32 })
const number = fc.double({ min: 0, max: 500, noNaN: true })
const coordinate = fc.record({ x: number, y: number, heightMs: number, error: number })
const recordOf = (given: Pick<Sketched, 'rtts' | 'coordinate'>): Sketched =>
  ({ peer: { toString: () => 'me' } as Sketched['peer'], region: 'eu', role: 'peer', ...given })

describe('bootstrap/sketch', () => {
  it('knows every RTT of the record, and none that is not there', () => {
    fc.assert(fc.property(rtts, name, (given, other) => {
      const sketch = sketchOf(recordOf({ rtts: given }))
      expect(measuredRtt(sketch, peerNumber(other)))
        .to.equal(given.find(({ peer }) => peer === other)?.rttMs)
    }))
  })

  it('finds the greatest difference to another’s RTTs', () => {
    fc.assert(fc.property(rtts, rtts, (a, b) => {
      const differences = a.flatMap(({ peer, rttMs }) => b.filter(other => other.peer === peer)
        .map(other => Math.abs(rttMs - other.rttMs)))
      const theirs = new Map(b.map(({ peer, rttMs }) => [peerNumber(peer), rttMs]))
      expect(landmarkBound(sketchOf(recordOf({ rtts: a })), theirs))
        .to.equal(differences.length > 0 ? Math.max(...differences) : undefined)
    }))
  })

  it('measures as coordinates do, and is sure of nothing without one', () => {
    fc.assert(fc.property(coordinate, coordinate, (a, b) => {
      const sketch = sketchOf(recordOf({ rtts: [], coordinate: a }))
      expect(distanceTo(sketch, b)).to.be.closeTo(distanceMs(a, b), 0.3)
      expect(errorOf(sketch)).to.be.closeTo(a.error, 0.001)
    }))
    expect(errorOf(sketchOf(recordOf({ rtts: [] })))).to.be.above(1e5)
  })
})
