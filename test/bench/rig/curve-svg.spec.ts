import { expect } from 'chai'
import fc from 'fast-check'
import { curveSvg } from '../../../bench/rig/curve-svg.ts'

describe('bench/rig/curve-svg', () => {
  const curve = { title: 'cost < time', x: 'time', y: 'cost' }

  it('joins the points in their order, but not those apart, and marks the best', () => {
    const svg = curveSvg({ ...curve, points: [
      { name: '1', x: 10, y: 0.5 },
      { name: '2', x: 5, y: 1, isBest: true },
      { name: 'other', x: 7, y: 0.2, isApart: true }
    ] })
    expect(/<polyline points="([^"]*)"/.exec(svg)?.[1]?.split(' ')).to.have.length(2)
    expect(svg.match(/<circle/g)).to.have.length(4)
    expect(svg).to.contain('cost &lt; time').and.to.contain('>other<')
  })

  it('puts every point inside the axes', () => {
    const value = fc.nat(1e6).map(n => n / 1000)
    const points = fc.array(fc.record({ x: value, y: value }), { minLength: 1, maxLength: 10 })
    fc.assert(fc.property(points, given => {
      const svg = curveSvg({ ...curve, points: given.map(point => ({ ...point, name: '' })) })
      for (const [, x, y] of svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)) {
        expect(Number(x)).to.be.within(64, 656)
        expect(Number(y)).to.be.within(64, 376)
      }
    }))
  })
})
