import type { PeerInfo } from '@libp2p/interface'
import { expect } from 'chai'
import {
  DHT_SILENCE_MS, DhtRegistry, dhtSilence, DhtSource, InventorySource, TrackerRegistry,
  TrackerSource
} from '../../../daemon/discovery/index.ts'
import type { Timer } from '../../../protocols/clock.ts'
import type { Neighbour } from '../../../protocols/exchange/index.ts'
import { openRecord, type Tracker } from '../../../protocols/tracker/index.ts'
import { contentNamed, NETWORK, NOW, refusal, testNode } from '../../protocols/tracker/nodes.ts'
import { spokenLog } from '../spoken-log.ts'
import { collect, log, peers } from './fakes.ts'

const content = contentNamed('a')
const signal = new AbortController().signal
const info = (index: number): PeerInfo => ({ id: peers[index]!, multiaddrs: [] })

describe('daemon/discovery/dht-source', () => {
  const sourceOf = (findProviders: () => AsyncIterable<PeerInfo>, timeoutMs?: number) =>
    new DhtSource({ contentRouting: { findProviders }, peerId: peers[0]!, log }, { timeoutMs })

  it('tells of the peers the DHT knows, ourselves left out', async () => {
    const source = sourceOf(async function * () {
      yield info(0)
      yield info(1)
    })
    expect(
      await collect(source.find(content, { signal }))
    ).to.deep.equal([{ peer: peers[1], addresses: [], via: 'dht' }])
  })

  it('ends when the DHT fails, with what it told before', async () => {
    const source = sourceOf(async function * () {
      yield info(1)
      throw new Error('no routers')
    })
    expect(await collect(source.find(content, { signal }))).to.have.length(1)
  })

  it('says a failure once while it lasts', async () => {
    const { log, lines } = spokenLog()
    const contentRouting = { findProviders: () => { throw new Error('no routers') } }
    const source = new DhtSource({ contentRouting, peerId: peers[0]!, log })
    for (let i = 0; i < 3; i++) await collect(source.find(content, { signal }))
    expect(lines).to.deep.equal([`the DHT does not say who has ${content}: no routers`])
  })

  it('ends in its own time when the DHT heeds no signal', async () => {
    const source = sourceOf(async function * () {
      yield info(1)
      await new Promise(() => {})
    }, 5)
    // An unreferenced timer alone keeps no process alive.
    const alive = setInterval(() => {}, 1000)
    expect(await collect(source.find(content, { signal }))).to.have.length(1)
    clearInterval(alive)
  })

  it('takes silence for an answer, unless somebody was named before', async () => {
    const answer = async (named: PeerInfo[], isSilent: boolean): Promise<unknown[]> => {
      const more = Promise.withResolvers<void>()
      const contentRouting = { findProviders: async function * () {
        yield * named
        await more.promise
        yield info(2)
      } }
      let expire = (): void => {}
      const timer: Timer = (ms, then) => {
        expect(ms).to.equal(200)
        expire = then
        return () => { expire = () => {} }
      }
      const source = new DhtSource({ contentRouting, peerId: peers[0]!, log, timer }, {
        silenceMs: () => 200
      })
      const found = collect(source.find(content, { signal }))
      await new Promise(resolve => { setImmediate(resolve) })
      if (isSilent) expire()
      more.resolve()
      return await found
    }
    expect(await answer([], true)).to.have.length(0)
    expect(await answer([info(1)], true)).to.have.length(2)
    expect(await answer([], false)).to.have.length(1)
  })
})

describe('daemon/discovery/dht-silence', () => {
  const silenceOf = (...rtts: Array<number | undefined>): number => {
    const neighbours = rtts.map(rttMs => ({ rttMs })) as Neighbour[]
    return dhtSilence({ neighbours: () => neighbours })()
  }

  it('is short where others are near, and bears with those that are far', () => {
    expect(silenceOf()).to.equal(DHT_SILENCE_MS)
    expect(silenceOf(2, undefined, 900, 1)).to.be.below(250)
    expect(silenceOf(190, 200, 210)).to.equal(DHT_SILENCE_MS + 4 * 200)
  })
})

describe('daemon/discovery/dht-registry', () => {
  type Provide = ConstructorParameters<typeof DhtRegistry>[0]['contentRouting']['provide']
  const registryOf = (provide: Provide) =>
    new DhtRegistry({ contentRouting: { provide, cancelReprovide: async () => {} }, log })
  const taken = { type: 'kad-dht:query:peer-response', detail: { messageName: 'ADD_PROVIDER' } }
  const title = { content, completeness: [] }

  it('is content when a peer took the record', async () => {
    const registry = registryOf(async (_, { onProgress }) => { onProgress(taken) })
    expect(await refusal(registry.provide([title], { signal }))).to.equal('nothing')
  })

  it('refuses when nobody did, so that it is tried again', async () => {
    const registry = registryOf(async (_, { onProgress }) => {
      onProgress({ type: 'kad-dht:query:peer-response', detail: { messageName: 'FIND_NODE' } })
    })
    expect(await refusal(registry.provide([title], { signal }))).to.equal('PeerGoneError')
  })

  it('walks through a long list, and stops on the way when told to', async () => {
    const waits: number[] = []
    const told: string[] = []
    const lifetime = new AbortController()
    const registry = new DhtRegistry({
      contentRouting: {
        provide: async (cid, { onProgress }) => {
          onProgress(taken)
          if (told.push(`${cid}`) === 3) lifetime.abort()
        },
        cancelReprovide: async () => {}
      },
      timer: (ms, then) => {
        waits.push(ms)
        queueMicrotask(then)
        return () => {}
      },
      log
    })
    const titles = ['a', 'b', 'c', 'd'].map(name => ({ ...title, content: contentNamed(name) }))
    expect(await refusal(registry.provide(titles, lifetime))).to.equal('AbortError')
    expect(told).to.deep.equal(titles.slice(0, 3).map(({ content }) => `${content}`))
    expect(waits.slice(0, 2)).to.deep.equal([100, 100])
  })

  it('counts a record as told although a slow peer overran the time', async () => {
    const registry = registryOf(async (_, { onProgress }) => {
      onProgress(taken)
      throw new Error('timed out')
    })
    expect(await refusal(registry.provide([title], { signal }))).to.equal('nothing')
  })
})

describe('daemon/discovery/tracker-source', () => {
  const answering = async (seed: number, rttMs?: number): Promise<Pick<Tracker, 'lookup'>> => {
    const envelope = await (await testNode(seed)).signer.record()
    const record = await openRecord(envelope, { network: NETWORK, clock: () => NOW })
    return { lookup: async () => [{ record, envelope, rttMs }] }
  }

  it('asks all trackers side by side and tells what each knows', async () => {
    const hanging = { lookup: () => new Promise<never>(() => {}) }
    const broken = { lookup: async () => { throw new Error('down') } }
    const trackers = [
      hanging, broken, await answering(1, 12), await answering(2), await answering(1)
    ]
    const lifetime = new AbortController()
    const source = new TrackerSource({ trackers, peerId: peers[0]!, log })
    const found = []
    for await (const provider of source.find(content, { signal: lifetime.signal })) {
      found.push(provider)
      if (found.length === 2) {
        break
      }
    }
    expect(
      found.map(({ peer, rttMs, region, via }) => ({ peer: `${peer}`, rttMs, region, via }))
    ).to.deep.equal([
      { peer: `${(await testNode(1)).peer}`, rttMs: 12, region: 'eu', via: 'tracker' },
      { peer: `${(await testNode(2)).peer}`, rttMs: undefined, region: 'eu', via: 'tracker' }
    ])
  })

  it('says a failure once while it lasts, of each tracker', async () => {
    const { log, lines } = spokenLog()
    const broken = (text: string) => ({ lookup: async () => { throw new Error(text) } })
    const source = new TrackerSource(
      { trackers: [broken('down'), broken('full')], peerId: peers[0]!, log })
    for (let i = 0; i < 3; i++) await collect(source.find(content, { signal }))
    expect(lines.sort()).to.deep.equal(['down', 'full'].map(why =>
      `a tracker does not say who has ${content}: ${why}`))
  })

  it('leaves ourselves out', async () => {
    const { peer } = await testNode(1)
    const source = new TrackerSource({ trackers: [await answering(1)], peerId: peer, log })
    expect(await collect(source.find(content, { signal }))).to.deep.equal([])
  })

  it('tells of the records it was handed', async () => {
    const told: string[] = []
    const source = new TrackerSource({
      trackers: [await answering(1)], peerId: peers[0]!, log,
      onRecord: ({ peer }) => { told.push(`${peer}`) }
    })
    await collect(source.find(content, { signal }))
    expect(told).to.deep.equal([`${(await testNode(1)).peer}`])
  })
})

describe('daemon/discovery/tracker-registry', () => {
  it('withdraws a long list in several statements', async () => {
    const sizes: number[] = []
    const registry = new TrackerRegistry(
      { withdraw: async contents => { sizes.push(contents.length) } } as Tracker
    )
    await registry.withdraw(Array.from({ length: 300 }, (_, i) => contentNamed(`${i}`)), { signal })
    expect(sizes).to.deep.equal([256, 44])
  })
})

describe('daemon/discovery/inventory-source', () => {
  it('tells of the neighbours that hold some of the title', async () => {
    const neighbour = (index: number, holds: boolean) => ({
      peer: peers[index], hello: { role: 'peer', region: 'eu' }, rttMs: 3, holdsAny: () => holds
    }) as unknown as Neighbour
    const source = new InventorySource(
      { exchange: { neighbours: () => [neighbour(1, true), neighbour(2, false)] } }
    )
    expect(await collect(source.find(content, { signal }))).to.deep.equal([
      { peer: peers[1], addresses: [], via: 'inventory', role: 'peer', region: 'eu', rttMs: 3 }
    ])
  })
})
