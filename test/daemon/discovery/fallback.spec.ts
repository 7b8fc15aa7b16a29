import { expect } from 'chai'
import fc from 'fast-check'
import { systemTimer, type Timer } from '../../../protocols/clock.ts'
import {
  mergeSources, type Provider, type ProviderSource, withFallback
} from '../../../daemon/discovery/index.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { collect, peers, provider, ScriptedSource } from './fakes.ts'

const content = contentNamed('a')
const signal = new AbortController().signal
const turns = async (): Promise<void> => { await new Promise(resolve => { setImmediate(resolve) }) }

/** Told by a tracker, which then ends, or hangs. */
function tracker (told: Provider[], hangs = false): ProviderSource {
  return { name: 'tracker', find: async function * () {
    yield * told
    if (hangs) await new Promise(() => {})
  } }
}

/** A search under way, with a timer run by hand. */
function searching (first: ProviderSource, init: Parameters<typeof withFallback>[1] = {}) {
  let expire = (): void => {}
  const waits: number[] = []
  const timer: Timer = (ms, then) => {
    waits.push(ms)
    expire = then
    return () => { expire = () => {} }
  }
  let asked = 0
  const fallback: ProviderSource = { name: 'dht', find: async function * () {
    asked++
    yield provider(11)
  } }
  const components = { first: mergeSources([first]), fallback, clock: () => 0, timer }
  const { find } = withFallback(components, init)
  const found: Provider[] = []
  const done = (async () => {
    for await (const one of find(content, { signal })) found.push(one)
  })()
  return { found, done, waits, asked: () => asked, expire: () => { expire() } }
}

const many = (count: number): Provider[] =>
  Array.from({ length: count }, (_, i) => provider(i, 'tracker'))

describe('daemon/discovery/fallback', () => {
  it('does not ask the DHT when the tracker named enough, and ends at once', async () => {
    const search = searching(tracker(many(2)))
    await search.done
    expect(search.found).to.have.length(2)
    expect(search.asked()).to.equal(0)
  })

  it('asks it at once too when those named only want it as we do', async () => {
    const search = searching(tracker([{ ...provider(1, 'tracker'), isInterested: true }]))
    await search.done
    expect(search.asked()).to.equal(1)
  })

  it('asks the DHT at once when nobody was named', async () => {
    const search = searching(tracker([]))
    await search.done
    expect(search.asked()).to.equal(1)
    expect(search.found.map(({ via }) => via)).to.deep.equal(['dht'])
  })

  it('asks the DHT after the delay, not before, when too few were named', async () => {
    const search = searching(tracker(many(1)), { afterMs: 70 })
    await turns()
    expect([search.found.length, search.asked()]).to.deep.equal([1, 0])
    expect(search.waits).to.deep.equal([70])
    search.expire()
    await search.done
    expect([search.found.length, search.asked()]).to.deep.equal([2, 1])
  })

  it('asks the DHT after the delay when the tracker hangs, unless it named enough', async () => {
    const slow = searching(tracker(many(1), true))
    const rich = searching(tracker(many(2), true), { enough: 2 })
    await turns()
    slow.expire()
    rich.expire()
    await turns()
    expect([slow.asked(), rich.asked()]).to.deep.equal([1, 0])
    expect(slow.found).to.have.length(2)
  })

  it('asks about a title once in a while, unless nobody is named', async () => {
    let now = 0
    let asked = 0
    let told = many(1)
    const fallback: ProviderSource = { name: 'dht', find: async function * () {
      asked++
      yield * []
    } }
    const first: ProviderSource = { name: 'tracker', find: async function * () { yield * told } }
    const timer: Timer = (_ms, then) => {
      setImmediate(then)
      return () => {}
    }
    const { find } = withFallback({ first, fallback, clock: () => now, timer }, { everyMs: 1000 })
    const asking = async (title: typeof content): Promise<number> => {
      await collect(find(title, { signal }))
      return asked
    }
    expect([await asking(content), await asking(content)]).to.deep.equal([1, 1])
    expect(await asking(contentNamed('b'))).to.equal(2)
    now = 999
    expect(await asking(content)).to.equal(2)
    now = 1000
    expect(await asking(content)).to.equal(3)
    told = []
    expect([await asking(content), await asking(content)]).to.deep.equal([4, 5])
  })

  it('asks less often about a title of which nobody is named while servers send it', async () => {
    let now = 0
    let asked = 0
    let isServed = true
    const fallback: ProviderSource = { name: 'dht', find: async function * () {
      asked++
      yield * []
    } }
    const components = { first: tracker([]), fallback, clock: () => now, timer: systemTimer }
    const { find } = withFallback({ ...components, isServed: () => isServed })
    const asking = async (): Promise<number> => {
      await collect(find(content, { signal }))
      return asked
    }
    expect([await asking(), await asking()]).to.deep.equal([1, 1])
    now = 9_999
    expect(await asking()).to.equal(1)
    now = 10_000
    expect([await asking(), await asking()]).to.deep.equal([2, 2])
    isServed = false
    expect([await asking(), await asking()]).to.deep.equal([3, 4])
  })

  it('asks about none while nobody whom it names would be asked', async () => {
    let asked = 0
    let isOfUse = false
    const fallback: ProviderSource = { name: 'dht', find: async function * () {
      asked++
      yield * []
    } }
    const components = { first: tracker([]), fallback, clock: Date.now, timer: systemTimer }
    const { find } = withFallback({ ...components, isOfUse: () => isOfUse })
    await collect(find(content, { signal }))
    expect(asked).to.equal(0)
    isOfUse = true
    await collect(find(content, { signal }))
    expect(asked).to.equal(1)
  })

  it('counts edges and origins for nothing', async () => {
    const servers = many(6).map((one, i): Provider => ({ ...one, role: i < 3 ? 'edge' : 'origin' }))
    const search = searching(tracker(servers))
    await turns()
    expect(search.asked()).to.equal(0)
    search.expire()
    await search.done
    expect(search.asked()).to.equal(1)
  })

  it('tells of everybody the first sources name, once, however many are enough', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.nat(peers.length - 2), { maxLength: 8 }), fc.integer({ min: 1, max: 6 }),
      async (given, enough) => {
        const told = given.map(index => provider(index, 'tracker'))
        const search = searching(tracker(told), { enough })
        await turns()
        search.expire()
        await search.done
        const distinct = new Set(given).size
        expect(search.asked()).to.equal(distinct < enough ? 1 : 0)
        expect(search.found).to.have.length(distinct + search.asked())
      }), { numRuns: 40 })
  })

  it('leaves no wait behind when nobody listens any more', async () => {
    let cancelled = 0
    const timer: Timer = () => () => { cancelled++ }
    const first = tracker(many(1), true)
    const fallback = new ScriptedSource([{ give: 11 }])
    const { find } = withFallback({ first, fallback, clock: Date.now, timer })
    for await (const _ of find(content, { signal })) break
    await turns()
    expect(cancelled).to.be.above(0)
    expect(fallback.signal).to.equal(undefined)
  })

  it('ends at once when its signal has aborted', async () => {
    const first = tracker(many(1))
    const fallback = new ScriptedSource([{ give: 11 }])
    const timer: Timer = () => () => {}
    const { find } = withFallback({ first, fallback, clock: Date.now, timer })
    expect(await collect(find(content, { signal: AbortSignal.abort() }))).to.deep.equal([])
    expect(fallback.signal).to.equal(undefined)
  })
})
