import { expect } from 'chai'
import fc from 'fast-check'
import { BlockSet, ByteBudget } from '../../../protocols/exchange/block-set.ts'

const MANY = 1024 * 1024

describe('protocols/exchange/block-set', () => {
  it('holds what a set of numbers would, however it is filled', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), block: fc.nat(500) }),
      fc.record({ do: fc.constant('delete' as const), block: fc.nat(500) }),
      fc.record({
        do: fc.constant('all' as const), block: fc.nat(500), bits: fc.uint8Array({ maxLength: 8 })
      })
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 20 }), steps => {
      const set = new BlockSet(new ByteBudget(MANY))
      const model = new Set<number>()
      for (const action of steps) {
        if (action.do === 'all') {
          set.addAll(action.block, action.bits)
          bitsOf(action.block, action.bits).forEach(block => { model.add(block) })
        } else {
          set[action.do](action.block)
          model[action.do](action.block)
        }
      }
      expect(set.size).to.equal(model.size)
      for (let block = 0; block < 600; block++) {
        expect(set.has(block)).to.equal(model.has(block))
      }
    }), { numRuns: 50 })
  })

  it('keeps far numbers without the room between zero and them', () => {
    const set = new BlockSet(new ByteBudget(64))
    expect(set.add(4_000_000_000)).to.equal(true)
    expect(set.has(4_000_000_000)).to.equal(true)
    expect(set.has(4_000_000_001)).to.equal(false)
  })

  it('does not take more than the budget, which several sets share and give back', () => {
    const budget = new ByteBudget(100)
    const [a, b] = [new BlockSet(budget), new BlockSet(budget)]
    expect(a.addAll(0, new Uint8Array(70))).to.equal(true)
    expect(b.addAll(0, new Uint8Array(70))).to.equal(false)
    expect(a.add(1_000_000)).to.equal(false)
    expect(a.size).to.equal(0)
    a.clear()
    expect(b.addAll(0, Uint8Array.of(1))).to.equal(true)
    expect(b.has(0)).to.equal(true)
  })
})

function bitsOf (base: number, bits: Uint8Array): number[] {
  return [...bits].flatMap((byte, index) => [0, 1, 2, 3, 4, 5, 6, 7]
    .filter(bit => (byte & (1 << bit)) !== 0)
    .map(bit => base + index * 8 + bit))
}
