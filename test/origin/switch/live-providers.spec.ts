import { expect } from 'chai'
import { multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import { AddressBook } from '../../../daemon/address-book.ts'
import { LiveProviders } from '../../../origin/switch/live-providers.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import { openRecord } from '../../../protocols/tracker/index.ts'
import { FakeExchange, FakeNeighbour } from '../../daemon/retrieval/fake-exchange.ts'
import { settle } from '../../daemon/retrieval/fake-time.ts'
import { blockNamed, contentNamed, NETWORK, NOW, testNode } from '../../protocols/tracker/nodes.ts'

const content = contentNamed('title')
const cid = blockNamed('block')
const asked = { cid, content, isPlain: false }

describe('origin/switch/live-providers', () => {
  function rig ({ isPlaced = true, isKnown = true } = {}) {
    const exchange = new FakeExchange()
    const seen = { sought: [] as CID[], adopted: [] as CID[], nowMs: 0 }
    const holdings = {
      places: (_content: CID, block: CID) =>
        isPlaced ? [{ rendition: '128k', block: block.equals(cid) ? 3 : 4 }] : [],
      completeness: () => isKnown ? [{ rendition: '128k', held: 1, blocks: 5 }] : [],
      adopt: async (id: CID) => { seen.adopted.push(id); throw new Error('no root here') }
    }
    const addresses = new AddressBook({
      open: envelope => openRecord(envelope, { network: NETWORK, clock: () => NOW })
    })
    exchange.events.addEventListener('open', event => {
      void addresses.add((event as CustomEvent<FakeNeighbour>).detail)
    })
    const live = new LiveProviders({
      exchange,
      peers: { seek: id => { seen.sought.push(id) } },
      holdings,
      store: { has: (block: CID) => block.equals(cid) },
      addressesOf: neighbour => addresses.of(neighbour),
      clock: () => seen.nowMs
    })
    return { exchange, live, seen }
  }

  /** A neighbour that greeted us with its signed record. */
  async function neighbour (seed: number, role: Role = 'peer'): Promise<FakeNeighbour> {
    const addresses = [
      multiaddr(`/ip4/10.0.0.${seed}/tcp/4001`), multiaddr(`/ip4/10.0.0.${seed}/tcp/4002`)
    ]
    const { peer, signer } = await testNode(seed, { role, addresses })
    const made = new FakeNeighbour(peer, role)
    made.hello.record = await signer.record()
    return made
  }

  it('names neighbours that hold the block, by addresses one can dial', async () => {
    const { exchange, live } = rig()
    const [has, lacks] = [await neighbour(1), await neighbour(2)]
    has.said = 'have'
    lacks.said = 'missing'
    lacks.holdsSome = true
    for (const one of [has, lacks]) exchange.arrive(one)
    await settle()
    expect(live.holders(asked)).to.deep.equal([
      [`/ip4/10.0.0.1/tcp/4001/p2p/${has.peer}`, `/ip4/10.0.0.1/tcp/4002/p2p/${has.peer}`]
    ])
  })

  it('does not name those who left, who are loading it, or who ask', async () => {
    const { exchange, live } = rig()
    const [gone, loading, asks] = [await neighbour(1), await neighbour(2), await neighbour(3)]
    gone.said = asks.said = 'have'
    loading.said = 'loading'
    for (const one of [gone, loading, asks]) exchange.arrive(one)
    await settle()
    exchange.here.delete(gone.peer.toString())
    expect(live.holders({ ...asked, asker: asks.peer.toString() })).to.deep.equal([])
    expect(live.holders(asked)).to.have.length(1)
  })

  it('does not name an origin, nor one without a record of its own', async () => {
    const { exchange, live } = rig()
    const [origin, silent, liar] = [
      await neighbour(1, 'origin'), await neighbour(2), await neighbour(3)
    ]
    silent.hello.record = undefined
    liar.hello.record = (await neighbour(4)).hello.record
    for (const one of [origin, silent, liar]) {
      one.said = 'have'
      exchange.arrive(one)
    }
    await settle()
    expect(live.holders(asked)).to.deep.equal([])
  })

  it('takes whoever holds anything of the title for what has no place: root, pages, init',
    async () => {
      const { exchange, live } = rig({ isPlaced: false })
      const some = await neighbour(1)
      some.holdsSome = true
      exchange.arrive(some)
      await settle()
      expect(live.holders(asked)).to.have.length(1)
    })

  it('names nobody for a title not looked into: the block may be nowhere else', async () => {
    const { exchange, live } = rig({ isPlaced: false, isKnown: false })
    const some = await neighbour(1)
    some.holdsSome = true
    exchange.arrive(some)
    await settle()
    expect(live.holders(asked)).to.deep.equal([])
  })

  it('names for a segment those who hold all of its blocks', async () => {
    const { exchange, live } = rig()
    const [all, some] = [await neighbour(1), await neighbour(2)]
    all.said = 'have'
    const holds = (_content: CID, _rendition: string, block: number) =>
      block === 3 ? 'have' : 'missing'
    Object.assign(some, { holds })
    for (const one of [all, some]) exchange.arrive(one)
    await settle()
    expect(live.holders(asked)).to.have.length(2)
    const also = [blockNamed('second')]
    expect(live.holders({ ...asked, also })).to.have.length(1)
  })

  it('has a segment itself when it has all blocks of it', () => {
    const { live } = rig()
    expect(live.isHere(asked)).to.equal(true)
    expect(live.isHere({ ...asked, also: [blockNamed('second')] })).to.equal(false)
    expect(live.isHere({ isPlain: true })).to.equal(true)
  })

  it('names nobody for a block of no title', () => {
    const { live } = rig()
    expect(live.holders({ cid, isPlain: false })).to.deep.equal([])
  })

  it('looks for the holders of what is asked much, and for where its blocks stand', () => {
    const { live, seen } = rig({ isPlaced: false })
    for (let i = 0; i < 10; i++) live.follow(asked)
    expect(seen.sought).to.have.length(10)
    expect(seen.adopted).to.have.length(1)
    seen.nowMs += 5_000
    live.follow(asked)
    expect(seen.adopted).to.have.length(2)
    live.follow({ cid, isPlain: false })
    expect(seen.sought).to.have.length(11)
  })
})
