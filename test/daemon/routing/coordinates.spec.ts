import { expect } from 'chai'
import fc from 'fast-check'
import { bounded, distanceMs, NOWHERE, nextCoordinate } from '../../../daemon/routing/index.ts'
import { MAX_COORDINATE_MS } from '../../../protocols/limits.ts'
import type { Coordinate } from '../../../protocols/rtt/index.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

const random = seededRandom(1)
const number = fc.double({ min: -500, max: 500, noNaN: true })
const place = fc.record<Coordinate>({
  x: number, y: number, heightMs: fc.double({ min: 0.1, max: 100, noNaN: true }),
  error: fc.double({ min: 0.02, max: 1, noNaN: true })
})
const anything = fc.record<Coordinate>(
  { x: fc.double(), y: fc.double(), heightMs: fc.double(), error: fc.double() })
const rtt = fc.double({ min: 0, max: 2000, noNaN: true })

describe('daemon/routing/coordinates', () => {
  it('is as far there as back, and no farther than over a third place', () => {
    fc.assert(fc.property(place, place, place, (a, b, c) => {
      expect(distanceMs(a, b)).to.be.closeTo(distanceMs(b, a), 1e-9)
      expect(distanceMs(a, b)).to.be.at.most(distanceMs(a, c) + distanceMs(c, b) + 1e-9)
    }))
  })

  it('comes closer to what was measured', () => {
    fc.assert(fc.property(place, place, fc.double({ min: 1, max: 500, noNaN: true }),
      (own, remote, rttMs) => {
        const before = Math.abs(distanceMs(own, remote) - rttMs)
        const next = nextCoordinate(own, remote, rttMs, random)
        const after = Math.abs(distanceMs(next, remote) - rttMs)
        expect(after).to.be.at.most(before + 0.2)
      }))
  })

  it('moves by no more than a share of the RTT, whatever a neighbour claims', () => {
    fc.assert(fc.property(place, anything, rtt, (own, remote, rttMs) => {
      const next = nextCoordinate(own, remote, rttMs, random)
      const mostMs = 0.25 * Math.max(0.1, rttMs) + 1e-9
      expect(Math.hypot(next.x - own.x, next.y - own.y)).to.be.at.most(mostMs)
      expect(Math.abs(next.heightMs - own.heightMs)).to.be.at.most(mostMs)
    }))
  })

  it('stays a place, whatever it is told', () => {
    fc.assert(fc.property(anything, anything, fc.double(), (own, remote, rttMs) => {
      const { x, y, heightMs, error } = nextCoordinate(bounded(own), remote, rttMs, random)
      for (const ms of [x, y]) expect(ms).to.be.within(-MAX_COORDINATE_MS, MAX_COORDINATE_MS)
      expect(heightMs).to.be.within(0.1, MAX_COORDINATE_MS)
      expect(error).to.be.within(0.02, 1)
    }))
  })

  it('moves less the surer it is, and the less sure the neighbour', () => {
    const remote = { x: 100, y: 0, heightMs: 1, error: 0.1 }
    const moved = (own: number, theirs: number): number => nextCoordinate(
      { ...NOWHERE, error: own }, { ...remote, error: theirs }, 150, random).x
    expect(moved(0.1, 0.5)).to.be.greaterThan(moved(1, 0.5))
    expect(moved(0.5, 1)).to.be.greaterThan(moved(0.5, 0.5))
  })

  it('leaves a place shared with the neighbour in any direction', () => {
    const { x, y } = nextCoordinate(NOWHERE, NOWHERE, 50, random)
    expect(Math.hypot(x, y)).to.be.greaterThan(1)
  })
})
