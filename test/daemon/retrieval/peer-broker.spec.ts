import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { Provider } from '../../../daemon/discovery/index.ts'
import { type BlockWant, PeerBroker, type PeerBrokerInit } from '../../../daemon/retrieval/index.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import { FakeExchange, FakeNeighbour, providerOf, somePeer } from './fake-exchange.ts'
import { FakeTime, settle } from './fake-time.ts'
import { sampleBlock } from './fakes.ts'

describe('daemon/retrieval/peer-broker', () => {
  const stops: Array<() => Promise<void>> = []
  let content: CID
  let want: BlockWant
  let self: FakeNeighbour

  before(async () => {
    content = (await sampleBlock(9)).cid
    const { cid } = await sampleBlock()
    const place = { content, rendition: '128k', number: 3 }
    want = { cid, size: 10, ...place, priority: 'playing', deadlineMs: 1_005_000 }
    self = await neighbour(0)
  })

  afterEach(async () => { await Promise.all(stops.splice(0).map(stop => stop())) })

  async function neighbour (
    n: number, { role, ...facts }: Partial<FakeNeighbour> & { role?: Role } = {}
  ): Promise<FakeNeighbour> {
    return Object.assign(new FakeNeighbour(await somePeer(n), role), facts)
  }

  const holding = (n: number) => neighbour(n, { holdsSome: true })

  function broker (found: Provider[] = [], init: PeerBrokerInit = {}) {
    const time = new FakeTime()
    const exchange = new FakeExchange()
    const penalties = new PenaltyBook({ clock: time.clock })
    let searches = 0
    const providers = {
      async * find () {
        searches++
        yield * found
      }
    }
    const peers = new PeerBroker({
      peerId: self.peer,
      exchange,
      providers,
      penalties,
      clock: time.clock,
      timer: time.timer,
      random: () => 0.5,
      log: defaultLogger().forComponent('test')
    }, init)
    peers.start()
    stops.push(() => peers.stop())
    return { time, exchange, penalties, peers, searches: () => searches }
  }

  const seen = (peers: PeerBroker, more: Partial<BlockWant> = {}) =>
    peers.sources({ ...want, ...more }).map(({ kind, holds }) => `${kind} ${holds}`)

  describe('sources', () => {
    it('are the neighbours that have the block, are loading it, or have not said', async () => {
      const { exchange, peers } = broker()
      for (const [n, said] of (['have', 'loading', 'unknown', 'missing'] as const).entries()) {
        exchange.arrive(await neighbour(n + 1, { said }))
      }
      expect(seen(peers)).to.deep.equal(['peer have', 'peer loading', 'peer unknown'])
    })

    it('are of the kind that the neighbour is; an edge can get what it does not hold', async () => {
      const { exchange, peers } = broker()
      exchange.arrive(await neighbour(1, { role: 'edge', said: 'missing' }))
      exchange.arrive(await neighbour(2, { role: 'origin', said: 'have' }))
      exchange.arrive(await neighbour(3, { role: 'bootstrap', said: 'have' }))
      expect(seen(peers)).to.deep.equal(['edge unknown', 'origin have'])
    })

    it('have root and pages when they hold anything of the title', async () => {
      const { exchange, peers } = broker()
      exchange.arrive(await neighbour(1, { holdsSome: true, said: 'missing' }))
      exchange.arrive(await neighbour(2))
      expect(seen(peers, { rendition: undefined, number: undefined }))
        .to.deep.equal(['peer have', 'peer unknown'])
    })

    it('are all unknown for a bare block, and not too many then', async () => {
      const { exchange, peers } = broker()
      for (let n = 1; n < 20; n++) {
        exchange.arrive(await neighbour(n, { holdsSome: true, said: 'have' }))
      }
      expect(seen(peers, { content: undefined })).to.deep.equal(Array(8).fill('peer unknown'))
      expect(seen(peers)).to.have.length(19)
    })

    it('have no rate yet while they have sent next to nothing', async () => {
      const { exchange, peers } = broker()
      const one = await neighbour(1, { said: 'have', rateBytesPerSecond: 5000, receivedBytes: 900 })
      exchange.arrive(one)
      expect(peers.sources(want)[0]!.rateBytesPerSecond).to.equal(undefined)
      one.receivedBytes = 1e6
      expect(peers.sources(want)[0]!.rateBytesPerSecond).to.equal(5000)
      expect(peers.sources(want)[0]!.progress()).to.equal(1e6)
    })

    it('pass the want on, with the time that is left', async () => {
      const { exchange, peers } = broker()
      const holder = await neighbour(1, { said: 'have' })
      exchange.arrive(holder)
      await peers.sources(want)[0]!.fetch(want, new AbortController())
      expect(holder.wants).to.deep.equal([
        { cid: want.cid, size: 10, content, priority: 'playing', deadlineMs: 5000 }
      ])
    })
  })

  it('has the exchange turn a liar away', async () => {
    const { exchange, peers } = broker()
    const liar = await neighbour(1)
    exchange.arrive(liar)
    peers.ban(liar.peer.toString(), 123)
    peers.ban('http://edge', 123)
    expect(exchange.banned).to.deep.equal([[liar.peer.toString(), 123]])
  })

  it('wakes who waits when a neighbour comes or tells of more', async () => {
    const { exchange, peers } = broker()
    const never = new AbortController()
    const arrived = peers.changed(never)
    exchange.arrive(await neighbour(1))
    await arrived
    const told = peers.changed(never)
    exchange.events.dispatchEvent(new CustomEvent('have', { detail: {} }))
    await told
  })

  describe('seeking', () => {
    it('tells neighbours, present and to come, that we play the title', async () => {
      const { exchange, peers } = broker()
      const [early, late] = [await neighbour(1), await neighbour(2)]
      exchange.arrive(early)
      peers.seek(content)
      peers.seek(content)
      await settle()
      exchange.arrive(late)
      await settle()
      expect([early.interests, late.interests]).to.deep.equal([[content], [content]])
    })

    it('connects to providers, but not to ourselves, the banned or more than enough', async () => {
      const holders = await Promise.all([1, 2, 3, 4, 5, 6].map(holding))
      const found = [self, ...holders].map(one => providerOf(one))
      const { exchange, penalties, peers } = broker(found, { maxHolders: 3 })
      for (const holder of holders) {
        exchange.reachable.set(holder.peer.toString(), holder)
      }
      penalties.ban(holders[0]!.peer.toString())
      peers.seek(content)
      await settle()
      expect(exchange.dialled.slice(0, 3))
        .to.deep.equal(holders.slice(1, 4).map(({ peer }) => peer.toString()))
      expect(exchange.dialled.length).to.be.within(3, 4)
      expect(holders[1]!.interests).to.deep.equal([content])
    })

    it('dials edges and origins only when peers are few', async () => {
      const origin = await neighbour(1, { role: 'origin', holdsSome: true })
      const [a, b] = [await holding(2), await holding(3)]
      const alone = broker([origin].map(one => providerOf(one)))
      alone.peers.seek(content)
      await settle()
      expect(alone.exchange.dialled).to.deep.equal([origin.peer.toString()])
      const among = broker([origin, a, b].map(one => providerOf(one)))
      for (const one of [a, b]) {
        among.exchange.reachable.set(one.peer.toString(), one)
      }
      among.peers.seek(content)
      await settle()
      expect(among.exchange.dialled).to.deep.equal([a, b].map(({ peer }) => peer.toString()))
    })

    it('is over for "not found" when the first round has ended', async () => {
      const { peers } = broker()
      expect(peers.isSeeking(content)).to.equal(false)
      peers.seek(content)
      expect(peers.isSeeking(content)).to.equal(true)
      await settle()
      expect(peers.isSeeking(content)).to.equal(false)
    })

    it('looks again soon while holders are few, then less and less often', async () => {
      const { time, peers, searches } = broker()
      peers.seek(content)
      const at: number[] = []
      for (let s = 0; s < 60; s++) {
        peers.seek(content)
        await time.advance(1000)
        at.push(searches())
      }
      expect(at[4]).to.equal(2)
      expect(at.at(-1)).to.be.within(4, 6)
    })

    it('ends when the title is no longer played', async () => {
      const { time, peers, searches } = broker([], { idleMs: 10_000 })
      peers.seek(content)
      await time.advance(60_000)
      const before = searches()
      await time.advance(600_000)
      expect(searches()).to.equal(before)
      expect(time.pending).to.equal(0)
      peers.seek(content)
      await settle()
      expect(searches()).to.equal(before + 1)
    })

    it('keeps to a bounded number of titles, and lets the longest unused go', async () => {
      const { time, peers } = broker([], { maxSwarms: 2 })
      const titles = await Promise.all([1, 2, 3].map(async seed => (await sampleBlock(seed)).cid))
      titles.forEach(title => { peers.seek(title) })
      await settle()
      expect(time.pending).to.equal(2)
    })

    it('survives a source that fails and a provider that is not there', async () => {
      const { time, exchange, penalties, peers } = broker([providerOf(await neighbour(1))])
      peers.seek(content)
      await settle()
      expect(exchange.dialled).to.have.length(1)
      expect(penalties.isBlocked(exchange.dialled[0]!)).to.equal(true)
      await peers.stop()
      expect(time.pending).to.equal(0)
    })
  })
})
