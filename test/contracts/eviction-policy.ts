/**
 * What every eviction policy keeps to. in: how to make one. out: mocha tests.
 */

import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import type { EvictionPolicy } from '../../daemon/store/eviction-policy.ts'

/** A store's key, as of a block with that name. */
export function keyNamed (name: string | number): string {
  return `U${createHash('sha256').update(String(name)).digest().toString('latin1')}`
}

const step = fc.record({
  type: fc.constantFrom('add', 'use', 'remove', 'victim', 'evict'),
  block: fc.nat(11),
  cost: fc.integer({ min: 1, max: 300 })
})

export function evictionPolicyContract (name: string, create: () => EvictionPolicy): void {
  describe(`${name} as an eviction policy`, () => {
    it('names one of the blocks it has, and none when it has none', () => {
      fc.assert(fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const policy = create()
        const held = new Set<string>()
        for (const { type, block, cost } of steps) {
          const key = keyNamed(block)
          if (type === 'add') {
            held.add(key)
            policy.add(key, cost, block % 4 === 0 ? undefined : { title: block % 3, number: block })
          } else if (type === 'use') {
            policy.use(key)
          } else if (type === 'remove') {
            held.delete(key)
            policy.remove(key)
          } else {
            const victim = policy.victim()
            expect(victim == null).to.equal(held.size === 0)
            if (victim == null) continue
            expect(held.has(victim)).to.equal(true)
            if (type === 'victim') continue
            held.delete(victim)
            policy.remove(victim)
          }
        }
      }))
    })

    it('gives up everything in the end, each block once', () => {
      const policy = create()
      const keys = Array.from({ length: 100 }, (_, i) => keyNamed(i))
      for (const [i, key] of keys.entries()) policy.add(key, 10, { title: i % 7, number: i })
      const given: string[] = []
      for (let victim = policy.victim(); victim != null; victim = policy.victim()) {
        given.push(victim)
        policy.remove(victim)
      }
      expect(given).to.have.members(keys)
    })
  })
}
