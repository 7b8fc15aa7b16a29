import { expect } from 'chai'
import { LRUCache } from 'lru-cache'
import { upTo } from '../../protocols/lru-bound.ts'

describe('protocols/lru-bound', () => {
  it('keeps as many as it says, and lets go of the longest unused', () => {
    const cache = new LRUCache<number, number>(upTo(3))
    for (const key of [1, 2, 3]) cache.set(key, key)
    cache.get(1)
    cache.set(4, 4)
    cache.set(4, 5)
    expect([...cache.keys()].sort()).to.deep.equal([1, 3, 4])
  })

  it('keeps them as long as lru-cache was told to', () => {
    let nowMs = 1
    const cache = new LRUCache<number, number>({
      ...upTo(3), ttl: 10, ttlResolution: 0, perf: { now: () => nowMs }
    })
    cache.set(1, 1)
    nowMs += 5
    cache.set(2, 2)
    nowMs += 6
    expect([cache.get(1), cache.get(2)]).to.deep.equal([undefined, 2])
  })
})
