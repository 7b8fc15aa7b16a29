import type { PeerId } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import type { Multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { Recruiter, type RecruiterInit } from '../../../daemon/retrieval/recruiter.ts'
import { Unreached } from '../../../daemon/retrieval/unreached.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { PeerBannedError } from '../../../protocols/errors.ts'
import { FakeExchange, FakeNeighbour, providerOf, somePeer } from './fake-exchange.ts'
import { FakeTime } from './fake-time.ts'
import { sampleBlock } from './fakes.ts'

describe('daemon/retrieval/recruiter', () => {
  let content: CID
  let others: FakeNeighbour[]

  before(async () => {
    content = (await sampleBlock(9)).cid
    others = await Promise.all([1, 2, 3, 4, 5, 6].map(async n =>
      Object.assign(new FakeNeighbour(await somePeer(n)), { holdsSome: true })))
  })

  /** The first four take as long as `slow` lets them; or all fail. */
  async function looking (
    failure?: Error, rttTo: (number: number) => number | undefined = () => undefined,
    init: RecruiterInit = {}
  ) {
    const time = new FakeTime()
    const exchange = new FakeExchange()
    const slow = new Map<string, (neighbour: FakeNeighbour) => void>()
    others.slice(4).forEach(other => { exchange.reachable.set(`${other.peer}`, other) })
    exchange.connect = async (
      peer: PeerId, addresses: Multiaddr[], { signal }: { signal?: AbortSignal } = {}
    ) => {
      if (failure != null) {
        exchange.dialled.push(`${peer}`)
        throw failure
      }
      const late = others.slice(0, 4).find(other => other.peer.equals(peer))
      if (late == null) return await FakeExchange.prototype.connect.call(exchange, peer, addresses)
      exchange.dialled.push(`${peer}`)
      const { promise, resolve, reject } = Promise.withResolvers<FakeNeighbour>()
      slow.set(`${peer}`, resolve)
      signal?.addEventListener('abort', () => { reject(signal.reason) })
      return await promise
    }
    const penalties = new PenaltyBook(time)
    const lifetime = new AbortController()
    const joined: FakeNeighbour[] = []
    const unreached = new Unreached(time)
    const recruiter = new Recruiter({
      clock: time.clock,
      timer: time.timer,
      random: () => 0,
      peerId: await somePeer(99),
      exchange,
      penalties,
      members: { add () {} },
      unreached,
      routes: {
        estimate: id => {
          const rttMs = rttTo(others.findIndex(({ peer }) => `${peer}` === id))
          return rttMs == null ? undefined : { rttMs, basis: 'coordinates' }
        }
      },
      providers: { async * find () { yield * others.map(other => providerOf(other)) } },
      log: defaultLogger().forComponent('test')
    }, content, {
      join: async neighbour => { joined.push(neighbour as FakeNeighbour) },
      lifetime: lifetime.signal
    }, init)
    const done = recruiter.look(lifetime.signal)
    await time.advance(0)
    const far = () => [...unreached.list()].map(({ id }) => id)
    return { time, exchange, penalties, lifetime, joined, recruiter, done, slow, far }
  }

  it('dials others beside those that take long, and takes them when they come', async () => {
    const { time, exchange, joined, done, slow, lifetime } = await looking()
    expect([exchange.dialled.length, joined.length]).to.deep.equal([4, 0])
    await time.advance(3_000)
    await done
    expect([exchange.dialled.length, joined.length]).to.deep.equal([6, 2])
    const [late] = others
    slow.get(`${late!.peer}`)!(late!)
    await time.advance(0)
    expect(joined.at(-1)).to.equal(late)
    lifetime.abort()
  })

  it('dials near ones first, some by chance, and the farthest among them', async () => {
    const { exchange, lifetime } = await looking(undefined, number => 600 - 100 * number)
    const dialled = exchange.dialled.map(id => others.findIndex(({ peer }) => `${peer}` === id))
    // Near, near, by chance the first that is left, near; two answer, and two more are dialled.
    expect(dialled).to.deep.equal([5, 4, 0, 3, 1, 2])
    lifetime.abort()
  })

  it('leaves to chance whom to dial when RTT shall not count', async () => {
    const far = (number: number) => 600 - 100 * number
    const { exchange, lifetime } = await looking(undefined, far, { ignoresRtt: true })
    const dialled = exchange.dialled.map(id => others.findIndex(({ peer }) => `${peer}` === id))
    // Chance names the first that is left each time.
    expect(dialled.slice(0, 4)).to.deep.equal([0, 1, 2, 3])
    lifetime.abort()
  })

  it('does not dial anew who is being dialled, and gives up in the end', async () => {
    const { time, exchange, penalties, lifetime, recruiter, done } = await looking()
    await time.advance(3_000)
    await done
    await recruiter.look(lifetime.signal)
    expect(new Set(exchange.dialled).size).to.equal(exchange.dialled.length)
    expect(penalties.isBlocked(exchange.dialled[0]!)).to.equal(false)
    await time.advance(7_000)
    expect(penalties.isBlocked(exchange.dialled[0]!)).to.equal(true)
    expect(time.pending).to.equal(0)
  })

  it('tells of those that take long or fail, until they are reached', async () => {
    const { time, exchange, done, slow, lifetime, far } = await looking()
    const [late] = others
    exchange.reachable.clear()
    await time.advance(1_999)
    expect(far()).to.deep.equal([])
    await time.advance(1)
    expect(far()).to.have.members(exchange.dialled.slice(0, 4))
    slow.get(`${late!.peer}`)!(late!)
    await time.advance(0)
    expect(far()).to.have.length(5).and.not.include(`${late!.peer}`)
    await time.advance(3_000)
    await done
    expect(far()).to.have.length(5)
    lifetime.abort()
  })

  it('tells of nobody whom it could dial and will not have', async () => {
    const { exchange, far, done } = await looking(new PeerBannedError('banned'))
    await done
    expect([exchange.dialled.length, ...far()]).to.deep.equal([6])
  })

  it('blames nobody for what its own end cut short', async () => {
    const { time, exchange, penalties, lifetime, done } = await looking()
    lifetime.abort()
    await done
    await time.advance(0)
    expect(exchange.dialled.some(id => penalties.isBlocked(id))).to.equal(false)
    expect(time.pending).to.equal(0)
  })
})
