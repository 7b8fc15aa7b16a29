import { expect } from 'chai'
import fc from 'fast-check'
import { DeficitRing } from '../../../protocols/exchange/deficit-ring.ts'

interface Member { name: string, weight: number, cost: number | undefined, taken: number }

const member = (weight = 1, cost: number | undefined = 100, name = ''): Member =>
  ({ name, weight, cost, taken: 0 })

const ringOf = (members: Member[], quantumBytes = 64): DeficitRing<Member> => {
  const ring = new DeficitRing<Member>({
    costOf: ({ cost }) => cost, weightOf: ({ weight }) => weight, quantumBytes
  })
  members.forEach(each => { ring.add(each) })
  return ring
}

const serve = (ring: DeficitRing<Member>): Member | undefined => {
  const next = ring.next()
  if (next?.cost != null) {
    ring.spend(next, next.cost)
    next.taken += next.cost
  }
  return next
}

describe('protocols/exchange/deficit-ring', () => {
  it('shares bytes by weight, whatever the size of the pieces', () => {
    const members = fc.array(fc.record({
      weight: fc.integer({ min: 1, max: 8 }), cost: fc.integer({ min: 1, max: 500 })
    }), { minLength: 1, maxLength: 8 })
    fc.assert(fc.property(members, all => {
      const served = all.map(({ weight, cost }) => member(weight, cost))
      const ring = ringOf(served)
      for (let turn = 0; turn < 5000; turn++) serve(ring)
      const sum = served.reduce((bytes, { taken }) => bytes + taken, 0)
      const weights = served.reduce((weight, each) => weight + each.weight, 0)
      for (const { taken, weight, cost } of served) {
        // Nobody is ever further from its share than a piece and two rounds' grants.
        const fair = sum * weight / weights
        expect(taken).to.be.closeTo(fair, cost! + 500 + 3 * 64 * weight + fair * 0.1)
      }
    }), { numRuns: 50 })
  })

  it('tells the same until it spends, and changes nothing when nobody may', () => {
    const [a, b] = [member(1, 10), member(1, 10)]
    const ring = ringOf([a, b])
    expect(ring.next()).to.equal(a)
    expect(ring.next()).to.equal(a)
    a.cost = b.cost = undefined
    for (let look = 0; look < 100; look++) expect(ring.next()).to.equal(undefined)
    a.cost = b.cost = 10
    const order = Array.from({ length: 24 }, () => serve(ring))
    expect(order.filter(each => each === a)).to.have.length(12)
  })

  it('passes over who has nothing to take, without saving up for it', () => {
    const [idle, busy] = [member(), member()]
    idle.cost = undefined
    const ring = ringOf([idle, busy])
    for (let turn = 0; turn < 50; turn++) expect(serve(ring)).to.equal(busy)
    idle.cost = 100
    const order = Array.from({ length: 10 }, () => serve(ring))
    expect(order.filter(each => each === idle).length).to.be.within(4, 6)
  })

  it('lets members come and go in the middle of a round', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'serve'), fc.nat(4)))
    fc.assert(fc.property(steps, all => {
      const members = Array.from({ length: 5 }, (_, at) => member(1 + at, 50 + at))
      const ring = ringOf([])
      const inside = new Set<Member>()
      for (const [step, at] of all) {
        const each = members[at]!
        if (step === 'add' && !inside.has(each)) {
          ring.add(each)
          inside.add(each)
        } else if (step === 'delete') {
          expect(ring.delete(each)).to.equal(inside.delete(each))
        } else {
          const served = serve(ring)
          expect(inside.size === 0 ? served === undefined : inside.has(served!)).to.equal(true)
        }
        expect(ring.size).to.equal(inside.size)
        expect(ring.has(each)).to.equal(inside.has(each))
      }
    }))
  })

  it('gives who joins its first turn after everybody else had theirs', () => {
    const ring = ringOf([member(1, 64, 'a'), member(1, 64, 'b')])
    expect(serve(ring)?.name).to.equal('a')
    ring.add(member(1, 64, 'c'))
    expect([serve(ring)?.name, serve(ring)?.name, serve(ring)?.name]).to.deep.equal(['b', 'c', 'a'])
  })
})
