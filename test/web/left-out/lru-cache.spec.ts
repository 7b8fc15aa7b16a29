import { expect } from 'chai'
import fc from 'fast-check'
import { LRUCache as Original } from 'lru-cache'
import { LRUCache } from '../../../web/left-out/lru-cache.ts'

type Act = { do: 'set' | 'get' | 'has' | 'delete', key: string } |
  { do: 'wait', key?: never } | { do: 'purge', key?: never }

const acts = fc.array(fc.oneof(
  fc.record({
    do: fc.constantFrom('set' as const, 'get' as const, 'has' as const, 'delete' as const),
    key: fc.constantFrom('a', 'bb', 'ccc', 'dddd', 'eeeee')
  }),
  fc.record({ do: fc.constant('wait' as const) }),
  fc.record({ do: fc.constant('purge' as const) })
), { maxLength: 40 })

/** What each of two caches answers to the same acts, and what is in it at the end. */
function courseOf (given: readonly Act[], init: object, Cache: typeof LRUCache): unknown[] {
  let nowMs = 1
  const cache = new Cache<string, string>({ ...init, perf: { now: () => nowMs } })
  const answers = given.map(act => {
    if (act.do === 'wait') {
      nowMs += 60
      return undefined
    }
    if (act.do === 'purge') return cache.purgeStale()
    if (act.do === 'set') return cache.set(act.key, act.key).size
    return cache[act.do](act.key)
  })
  const each: string[] = []
  cache.forEach((value, key) => { each.push(key, value) })
  return [answers, [...cache.keys()], [...cache.values()], [...cache.rvalues()], each]
}

const KINDS: Record<string, object> = {
  'by number': { max: 3 },
  'by size': { maxSize: 9, sizeCalculation: (value: string) => value.length },
  'by age': { max: 4, ttl: 100, ttlResolution: 0 },
  'by age since it was used': { max: 4, ttl: 100, ttlResolution: 0, updateAgeOnGet: true }
}

describe('web/left-out/lru-cache', () => {
  for (const [kind, init] of Object.entries(KINDS)) {
    it(`answers as the original does, bounded ${kind}`, () => {
      fc.assert(fc.property(acts, given => {
        expect(courseOf(given, init, LRUCache))
          .to.deep.equal(courseOf(given, init, Original as unknown as typeof LRUCache))
      }), { numRuns: 200 })
    })
  }

  it('leaves what it was asked about after its age to be purged', () => {
    const asked: Act[] = [
      { do: 'set', key: 'a' }, { do: 'wait' }, { do: 'wait' },
      { do: 'has', key: 'a' }, { do: 'purge' }
    ]
    expect(courseOf(asked, { max: 4, ttl: 100, ttlResolution: 0 }, LRUCache)[0])
      .to.deep.equal([1, undefined, undefined, false, true])
  })

  it('is empty once it was cleared', () => {
    const cache = new LRUCache<string, number>({ max: 2 }).set('a', 1)
    expect(cache.size).to.equal(1)
    cache.clear()
    expect([cache.size, cache.get('a')]).to.deep.equal([0, undefined])
  })
})
