import { expect } from 'chai'
import type { BlockSource, BlockWant } from '../../../daemon/retrieval/index.ts'
import {
  PeerBusyError, PeerGoneError, PeerUnreachableError
} from '../../../protocols/errors.ts'
import { type Neighbour, RELAY_FEATURE } from '../../../protocols/exchange/index.ts'
import { type FakeNeighbour, providerOf } from './fake-exchange.ts'
import { FakeRoutes } from './fake-routes.ts'
import { settle } from './fake-time.ts'
import { bench, failure, FakeBroker, FakeSource, fetched, sampleBlock } from './fakes.ts'
import { neighbour, PeerBrokerRig } from './peer-broker-rig.ts'

describe('daemon/retrieval/relayed-source', () => {
  let rig: PeerBrokerRig
  before(async () => { rig = await PeerBrokerRig.open() })
  afterEach(() => rig.close())

  /** A title of which a tracker names one holder, whom nobody can dial; two relays lead there. */
  async function far (more: Partial<FakeNeighbour> & { role?: 'peer' | 'edge' } = {}) {
    const holder = await neighbour(9, more)
    const routes = new FakeRoutes()
    const made = rig.broker([providerOf(holder)], {}, { routes })
    const relays = await Promise.all([1, 2].map(async n => await neighbour(n, { said: 'missing' })))
    for (const relay of relays) {
      relay.hello.features.push(RELAY_FEATURE)
      made.exchange.arrive(relay)
    }
    const [a, b] = relays.map(({ peer }) => `${peer}`)
    const id = `${holder.peer}`
    routes.ways.set(id, [[a!, 'x'], [b!]])
    made.peers.seek(rig.want.content!)
    await settle()
    const sources = (want: Partial<BlockWant> = {}) => made.peers.sources({ ...rig.want, ...want })
    const ask = async (source: BlockSource, want: Partial<BlockWant> = {}) =>
      await source.fetch({ ...rig.want, ...want }, { signal: new AbortController().signal })
    return { ...made, holder, id, relays, a: a!, b: b!, sources, ask }
  }

  it('is there for each way to a holder that cannot be dialled', async () => {
    const { id, a, b, sources } = await far()
    const found = sources().map(({ kind, holds, path, sender, rttMs }) =>
      ({ kind, holds, path, sender, rttMs }))
    const same = { kind: 'peer', holds: 'have' }
    expect(found).to.deep.equal([
      { ...same, path: [a, 'x', id], sender: a, rttMs: 30 },
      { ...same, path: [b, id], sender: b, rttMs: 20 }
    ])
    expect(new Set(sources().flatMap(({ id, node }) => [id, node])).size).to.equal(2)
  })

  it('is none once the holder is a neighbour, nor for another title', async () => {
    const { exchange, holder, sources } = await far()
    expect(sources({ content: (await sampleBlock(5)).cid })).to.deep.equal([])
    exchange.arrive(Object.assign(holder, { said: 'missing' }))
    expect(sources()).to.deep.equal([])
  })

  it('is none without routes', async () => {
    const { exchange, peers } = rig.broker([providerOf(await neighbour(9))])
    exchange.arrive(await neighbour(1, { said: 'missing' }))
    peers.seek(rig.want.content!)
    await settle()
    expect(peers.sources(rig.want)).to.deep.equal([])
  })

  it('is there for a neighbour over a limited connection, by what it says it holds', async () => {
    const { exchange, holder, id, a, b, sources } = await far()
    exchange.arrive(Object.assign(holder, { said: 'have', isLimited: true }))
    expect(sources().map(({ path }) => path)).to.deep.equal([[a, 'x', id], [b, id]])
    holder.said = 'missing'
    expect(sources()).to.deep.equal([])
  })

  it('asks its first hop with the route, and says it again when it is urgent', async () => {
    const { id, relays: [relay], a, sources, ask } = await far()
    const [source] = sources()
    await ask(source!)
    const { route, keeper, priority, deadlineMs } = relay!.wants[0]!
    expect([route, keeper, priority, deadlineMs])
      .to.deep.equal([[a, 'x', id], undefined, 'playing', 5_000])
    source!.raise!({ ...rig.want, priority: 'urgent' })
    expect(relay!.raised[0]!.priority).to.equal('urgent')
  })

  it('is not hoped for once it had nothing', async () => {
    const { sources, ask } = await far()
    expect(await ask(sources()[0]!)).to.equal(undefined)
    expect(sources().map(({ holds }) => holds)).to.deep.equal(['unknown', 'unknown'])
  })

  it('leaves out a hop that stood in the way', async () => {
    const { relays: [relay], id, b, sources, ask } = await far()
    relay!.want = async () => { throw new PeerUnreachableError('x') }
    const error = await ask(sources()[0]!).catch((err: Error) => err)
    expect(error).to.be.instanceOf(PeerUnreachableError)
    expect(sources().map(({ path }) => path)).to.deep.equal([[b, id]])
  })

  it('is busy when a relay has no room, and fails as its first hop does', async () => {
    const { relays, a, sources, ask } = await far()
    const failAs = async (error: Error): Promise<unknown> => {
      relays.forEach(relay => { relay.want = async () => { throw error } })
      return await ask(sources()[0]!).catch((err: unknown) => err)
    }
    const gone = new PeerGoneError('gone')
    expect(await failAs(gone)).to.equal(gone)
    const full = await failAs(new PeerUnreachableError(a, 300))
    expect(full).to.be.instanceOf(PeerBusyError)
    expect((full as PeerBusyError).retryAfterMs).to.equal(300)
  })

  it('asks each relay in turn to keep what is to be spread, on the way to a server', async () => {
    const { relays: [relay], sources, ask } = await far({ role: 'edge' })
    for (const spread of [0, 1, 2, undefined]) {
      const [source] = sources(spread == null ? {} : { spread })
      expect(source!.spreads ?? false).to.equal(spread != null)
      await ask(source!)
    }
    expect(relay!.wants.map(({ keeper }) => keeper)).to.deep.equal([1, 2, 1, undefined])
    const peer = await far()
    expect(peer.sources({ spread: 1 })[0]!.spreads).to.equal(undefined)
  })

  it('refuses a neighbour that sent wrong bytes to pass on', async () => {
    const { exchange, penalties, relays: [relay], a } = await far()
    exchange.events.dispatchEvent(new CustomEvent<Neighbour>('wrong', { detail: relay! }))
    expect(penalties.isBanned(a)).to.equal(true)
    expect(exchange.banned.map(([id]) => id)).to.deep.equal([a])
  })

  it('has its sender banned for wrong bytes, and its way told of good ones', async () => {
    const block = await sampleBlock()
    const path = ['relay', 'other', 'holder']
    const more = { path, sender: 'relay' }
    const wrong = async () => new Uint8Array(1000)
    const lying = new FakeSource('peer', 'relay/other/holder', wrong, more)
    const broker = new FakeBroker(lying)
    const made = await bench([broker])
    await failure(made, block)
    expect(broker.banned).to.deep.equal(['relay'])
    expect(made.penalties.banned()).to.deep.equal(['relay'])
    const good = await bench([new FakeBroker(
      new FakeSource('peer', 'relay/other/holder', block.held, more))])
    expect(await fetched(good, block)).to.deep.include({ path, from: 'holder' })
  })

  it('comes before all others for what is to be spread, unless it fails', async () => {
    const block = await sampleBlock()
    const edge = new FakeSource('edge', 'near', block.held, { rttMs: 1 })
    const spreading = new FakeSource('edge', 'relay/far', block.held, { rttMs: 90, spreads: true })
    const made = await bench([new FakeBroker(edge, spreading)])
    await fetched(made, block)
    expect([edge.asked.length, spreading.asked.length]).to.deep.equal([0, 1])
    const next = await sampleBlock(2)
    spreading.answer = async () => { throw new PeerUnreachableError('relay') }
    edge.answer = async () => next.bytes
    await fetched(made, next)
    expect([edge.asked.length, spreading.asked.length]).to.deep.equal([1, 2])
  })
})
