import { expect } from 'chai'
import fc from 'fast-check'
import {
  begin, extentOf, linkDistance, linkStrength, placesOf, regionForce
} from '../../../web/topology/layout.ts'
import type { NodeView, Region } from '../../../web/topology/scene.ts'
import { sceneOf } from './sample-scene.ts'

const region = (size: number): Region =>
  ({ name: '', nodes: Array.from({ length: size }, () => ({}) as NodeView) })

describe('web/topology/layout', () => {
  it('sets regions apart, whatever their number and sizes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 9 })
    fc.assert(fc.property(sizes, all => {
      const places = placesOf(all.map(region))
      for (const [i, one] of places.entries()) {
        for (const other of places.slice(i + 1)) {
          const apart = Math.hypot(one.x - other.x, one.y - other.y)
          expect(apart).to.be.greaterThan(one.radius + other.radius - 1e-6)
        }
      }
    }))
  })

  it('has newcomers begin near a friend, and else in their region', () => {
    const scene = sceneOf()
    const places = [{ x: 100, y: 0, radius: 20 }, { x: -100, y: 0, radius: 20 }]
    const [a, b, c] = scene.nodes
    Object.assign(a!, { x: 500, y: 500 })
    for (const node of [a, b, c]) begin(node!, places)
    expect([a!.x, a!.y]).to.deep.equal([500, 500])
    expect(Math.hypot(b!.x! - 500, b!.y! - 500)).to.be.lessThan(30)
    expect(Math.hypot(c!.x! + 100, c!.y!)).to.be.at.most(20)
  })

  it('draws all of a region inside one circle', () => {
    const at = (x: number, y: number) => ({ x, y }) as NodeView
    const { x, y, radius } = extentOf({ name: '', nodes: [at(0, 0), at(10, 0)] })
    expect([x, y]).to.deep.equal([5, 0])
    expect(radius).to.be.greaterThan(5)
  })

  it('pulls towards the region, harder while it is hot', () => {
    const node = { x: 0, y: 0, colour: 0 } as NodeView & { vx: number, vy: number }
    const pull = regionForce(() => [node], () => [{ x: 10, y: -10, radius: 1 }])
    pull(1)
    const { vx, vy } = node
    expect([vx > 0, vy < 0]).to.deep.equal([true, true])
    pull(0.1)
    expect(node.vx - vx).to.be.lessThan(vx)
  })

  it('keeps the near together, and lets the far be far', () => {
    const { links } = sceneOf()
    const [inside, across] = links
    expect(linkDistance(inside!)).to.be.lessThan(linkDistance(across!))
    expect(linkStrength(inside!)).to.be.greaterThan(linkStrength(across!))
  })
})
