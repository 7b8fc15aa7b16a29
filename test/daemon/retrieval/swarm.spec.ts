import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { BlockWant, PeerBrokerComponents } from '../../../daemon/retrieval/index.ts'
import { type FakeNeighbour, providerOf } from './fake-exchange.ts'
import { settle } from './fake-time.ts'
import { sampleBlock } from './fakes.ts'
import { neighbour, PeerBrokerRig } from './peer-broker-rig.ts'

describe('daemon/retrieval/swarm', () => {
  let rig: PeerBrokerRig
  let want: BlockWant
  let content: CID
  let self: FakeNeighbour
  const broker: PeerBrokerRig['broker'] = (...given) => rig.broker(...given)

  before(async () => {
    rig = await PeerBrokerRig.open()
    want = rig.want
    content = want.content!
    self = await neighbour(0)
  })
  afterEach(() => rig.close())

  const holding = (n: number) => neighbour(n, { holdsSome: true })

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
    expect(holders.slice(1).map(({ peer }) => peer.toString()))
      .to.include.members(exchange.dialled)
    expect(exchange.dialled.length).to.be.within(3, 4)
    const met = holders.find(({ peer }) => peer.toString() === exchange.dialled[0])
    expect(met?.interests).to.deep.equal([content])
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

  it('dials those whom a busy server names, and nobody else whatever it says', async () => {
    const { exchange, peers } = broker()
    const [a, b] = [await neighbour(1), await neighbour(2)]
    for (const one of [a, b]) {
      exchange.reachable.set(one.peer.toString(), one)
    }
    const at = (port: number, { peer }: FakeNeighbour) => `/ip4/10.0.0.1/tcp/${port}/p2p/${peer}`
    const many = await Promise.all(Array.from({ length: 20 }, (_, n) => neighbour(n + 3)))
    peers.hint(content, [
      at(1, a), at(2, a), at(1, b), at(1, self), 'rubbish', '/ip4/10.0.0.1/tcp/1', '/p2p/nobody',
      ...many.map(one => at(1, one))
    ])
    await settle()
    expect(exchange.dialled.slice(0, 2)).to.deep.equal([a, b].map(({ peer }) => `${peer}`))
    expect(exchange.dialled).to.have.length(7)
    expect([a.interests, b.interests]).to.deep.equal([[content], [content]])
  })

  it('looks again when somebody asks again, but not all the time', async () => {
    const { time, peers, searches } = broker()
    peers.seek(content)
    await settle()
    expect([peers.renew(content), searches()]).to.deep.equal([false, 1])
    await time.advance(600)
    expect([peers.renew(content), peers.isSeeking(content)]).to.deep.equal([true, true])
    await settle()
    expect([searches(), peers.isSeeking(content)]).to.deep.equal([2, false])
    expect(peers.renew(want.cid)).to.equal(false)
  })

  it('does not begin a search again that took its time and has just ended', async () => {
    let found = 0
    const searched = Promise.withResolvers<void>()
    const providers: PeerBrokerComponents['providers'] = {
      find: async function * () {
        found++
        await searched.promise
        yield * []
      }
    }
    const { time, peers } = broker([], {}, { providers })
    peers.seek(content)
    await time.advance(900)
    searched.resolve()
    await settle()
    expect([peers.isSeeking(content), peers.renew(content), found]).to.deep.equal([false, false, 1])
    await time.advance(600)
    expect([peers.renew(content), found]).to.deep.equal([true, 1])
  })

  it('waits for neighbours to tell what they hold, but not for long', async () => {
    const { time, exchange, peers } = broker()
    const slow = await neighbour(1)
    slow.interest = () => new Promise(() => {})
    exchange.arrive(slow)
    let isGathered = false
    void peers.gathered(content, new AbortController()).then(() => { isGathered = true })
    await time.advance(400)
    expect(isGathered).to.equal(false)
    await time.advance(200)
    expect(isGathered).to.equal(true)
  })

  it('lets neighbours know when the title is no longer played', async () => {
    const { time, exchange, peers } = broker([], { idleMs: 10_000 })
    const one = await neighbour(1)
    exchange.arrive(one)
    peers.seek(content)
    await time.advance(9_000)
    expect(one.left).to.deep.equal([])
    await time.advance(60_000)
    expect(one.left).to.deep.equal([content])
  })

  it('is over for "not found" when the first round has ended', async () => {
    const { peers } = broker()
    expect(peers.isSeeking(content)).to.equal(false)
    peers.seek(content)
    expect(peers.isSeeking(content)).to.equal(true)
    await settle()
    expect(peers.isSeeking(content)).to.equal(false)
  })

  it('is seeking until those it has met have told what they hold', async () => {
    const told = Promise.withResolvers<void>()
    const holder = await holding(1)
    holder.interest = () => told.promise
    const { exchange, peers } = broker([providerOf(holder)])
    exchange.reachable.set(holder.peer.toString(), holder)
    peers.seek(content)
    await settle()
    expect([exchange.dialled.length, peers.isSeeking(content)]).to.deep.equal([1, true])
    told.resolve()
    await settle()
    expect(peers.isSeeking(content)).to.equal(false)
  })

  it('seeks for as long as it is told to where peers are met slowly', async () => {
    const holder = await holding(1)
    holder.interest = async () => await new Promise(() => {})
    const { time, exchange, peers } = broker([providerOf(holder)], { settleMs: 5_000 })
    exchange.reachable.set(holder.peer.toString(), holder)
    peers.seek(content)
    await time.advance(2_900)
    expect(peers.isSeeking(content)).to.equal(true)
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
    expect(at[4]).to.equal(3)
    expect(at.at(-1)).to.be.within(5, 7)
  })

  it('looks a second time in any case, for those who came with us', async () => {
    const { time, exchange, peers, searches } = broker()
    for (const n of [1, 2, 3]) exchange.arrive(await neighbour(n, { holdsSome: true }))
    peers.seek(content)
    await time.advance(2_000)
    expect(searches()).to.equal(2)
    await time.advance(20_000)
    expect(searches()).to.equal(2)
  })

  it('shares with peers that want the title too, and dials some of them', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) =>
      neighbour(n + 1, { plays: [content] })))
    const told = others.map(other => providerOf(other, { isInterested: true }))
    const { exchange, peers } = broker(told, { maxHolders: 4 })
    others.forEach(other => { exchange.reachable.set(other.peer.toString(), other) })
    peers.seek(content)
    await settle()
    expect(exchange.dialled.length).to.be.within(4, 7)
    const blocks = await Promise.all(Array.from({ length: 40 }, (_, seed) => sampleBlock(seed)))
    const turns = blocks.map(({ cid }) => peers.claims({ ...want, cid }).claim!)
    expect(Math.max(...turns)).to.be.within(15, 20)
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

  it('says nothing of a search that its end has cut off', async () => {
    const { providers, peers, logged } = broker()
    providers.find = async function * (_: CID, { signal }: { signal: AbortSignal }) {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => { reject(signal.reason) })
      })
    }
    peers.seek(content)
    await settle()
    await peers.stop()
    expect(logged).to.deep.equal([])
  })

  it('complains once of one that is not there, however often it is tried', async () => {
    const { time, exchange, logged, peers } = broker([providerOf(await neighbour(1))])
    peers.seek(content)
    for (let s = 0; s < 60; s++) {
      peers.seek(content)
      await time.advance(1_000)
    }
    expect(exchange.dialled.length).to.be.greaterThan(2)
    expect(logged.filter(line => line.includes('could not connect'))).to.have.length(1)
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
