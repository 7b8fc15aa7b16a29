import { expect } from 'chai'
import fc from 'fast-check'
import { EventQueue } from '../../../testnet/sim/event-queue.ts'

describe('testnet/sim/event-queue', () => {
  it('gives the earliest first, and of one time the one that was added first', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 })), times => {
      const queue = new EventQueue()
      const order: string[] = []
      for (const [i, atMs] of times.entries()) queue.add(atMs, () => { order.push(`${atMs} ${i}`) })
      for (let next = queue.shift(); next != null; next = queue.shift()) next.run?.()
      const expected = times.map((atMs, i) => ({ atMs, i })).sort((a, b) => a.atMs - b.atMs)
      expect(order).to.deep.equal(expected.map(({ atMs, i }) => `${atMs} ${i}`))
    }))
  })

  it('passes over what was taken back', () => {
    const queue = new EventQueue()
    queue.add(1, () => {}).run = undefined
    const second = queue.add(2, () => {})
    expect(queue.shift()).to.equal(second)
    expect(queue.shift()).to.equal(undefined)
  })
})
