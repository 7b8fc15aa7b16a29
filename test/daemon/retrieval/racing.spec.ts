import { expect } from 'chai'
import { FIRST_BYTES } from '../../../daemon/retrieval/hedge-budget.ts'
import { PeerBusyError } from '../../../protocols/errors.ts'
import { FakeTime } from './fake-time.ts'
import {
  type Answer, type Bench, bench, FakeBroker, FakeSource, failure, fetched, mute, type SampleBlock,
  sampleBlock, trickle
} from './fakes.ts'

/** How one block is fetched where sources are slow, stop, refuse or lie. */
describe('daemon/retrieval/hunt, racing', () => {
  let block: SampleBlock
  let time: FakeTime

  before(async () => { block = await sampleBlock(7, 1000) })
  beforeEach(() => { time = new FakeTime() })

  const node = (...sources: FakeSource[]): Promise<Bench> => nodeOf(new FakeBroker(...sources))
  const nodeOf = async (broker: FakeBroker): Promise<Bench> =>
    ({ ...await bench([broker], {}, time), time })

  /** Sends the block from where it is asked to, a bit altered if so wanted. */
  const sending = (alter = 0) => async (_want: unknown, { offset = 0 }: { offset?: number }) =>
    block.bytes.slice(offset).map(byte => byte ^ alter)

  describe('one that stops in the middle of the block', () => {
    const stopped = () => new FakeSource('peer', 'a', trickle(time, block.bytes, 200, 20, 600))

    it('is helped by an edge with what is missing, soon, and nothing is wasted', async () => {
      const [peer, edge] = [stopped(), new FakeSource('edge', 'e', sending())]
      const { tally, ...rest } = await node(peer, edge)
      const { waitedMs, ...delivery } = await fetched({ tally, ...rest }, block)
      expect(edge.offsets).to.deep.equal([600])
      expect(waitedMs).to.be.within(200, 500)
      expect(delivery).to.deep.include({
        source: 'edge', bytes: 1000, parts: [
          { source: 'peer', bytes: 600 }, { source: 'edge', bytes: 400 }
        ]
      })
      expect([tally.bytes, tally.wastedBytes]).to.deep.equal([{ peer: 600, edge: 400 }, 0])
      expect(peer.aborted).to.equal(1)
    })

    it('is left in peace for a while', async () => {
      const home = await node(stopped(), new FakeSource('edge', 'e', sending()))
      await fetched(home, block)
      expect(home.penalties.isBlocked('a')).to.equal(true)
    })

    it('is helped by another peer where there is no server', async () => {
      const other = new FakeSource('peer', 'b', sending(), { rttMs: 90 })
      expect(await fetched(await node(stopped(), other), block)).to.include({ from: 'b' })
      expect(other.offsets).to.deep.equal([600])
    })

    it('leaves its bytes to the next one also when its connection breaks', async () => {
      const peer = new FakeSource('peer', 'a', async (_want, { onBytes }) => {
        onBytes?.(block.bytes.slice(), 300)
        throw new TypeError('connection reset')
      })
      const edge = new FakeSource('edge', 'e', sending())
      const home = await node(peer, edge)
      await fetched(home, block)
      expect(edge.offsets).to.deep.equal([300])
      expect(home.tally.wastedBytes).to.equal(0)
    })
  })

  it('a slow one costs no more than what it sent during the race', async () => {
    const peer = new FakeSource('peer', 'a', trickle(time, block.bytes, 10, 20))
    const edge = new FakeSource('edge', 'e', trickle(time, block.bytes, 400, 20))
    const home = await node(peer, edge)
    expect((await fetched(home, block)).waitedMs).to.be.below(1000)
    expect(edge.offsets[0]).to.be.greaterThan(40)
    expect(home.tally.wastedBytes).to.be.within(1, 50)
  })

  describe('a slow one, where there were too many races already,', () => {
    const slow = (tickMs = 28) =>
      new FakeSource('peer', 'a', trickle(time, block.bytes, 10, tickMs))

    /** The node has received so much for nothing, and the block is to be played in 2.3 s. */
    async function fetchedAfter (wastedBytes: number, ...sources: FakeSource[]) {
      const loser = new FakeSource('peer', 'l', (want, options) => {
        options.signal.addEventListener('abort', () => { options.onLate?.(wastedBytes) })
        return mute(want, options)
      })
      const other = await sampleBlock(8, 1000)
      const broker = new FakeBroker(loser, new FakeSource('edge', 'e', other.held))
      const home = await nodeOf(broker)
      await fetched(home, other)
      broker.offered.splice(0, 2, ...sources)
      return await fetched(home, block, { priority: 'playing', neededMs: time.nowMs + 2_300 })
    }

    it('is helped in time', async () => {
      const { waitedMs, parts } = await fetchedAfter(
        FIRST_BYTES + 1_000, slow(), new FakeSource('edge', 'e', sending()))
      expect(waitedMs).to.be.within(1_500, 2_300)
      expect(parts?.map(({ source }) => source)).to.deep.equal(['peer', 'edge'])
    })

    it('is helped by one', async () => {
      const edge = new FakeSource('edge', 'e', mute)
      const other = new FakeSource('peer', 'b', sending(), { rttMs: 90 })
      expect(await fetchedAfter(FIRST_BYTES + 1_000, slow(60), edge, other))
        .to.include({ waitedMs: 6_000 })
      expect([edge.asked.length, other.asked.length]).to.deep.equal([1, 0])
    })

    it('leaves the rest to a server once even urgent ones cost too much', async () => {
      const peer = slow()
      const edge = new FakeSource('edge', 'e', async (want, options) => {
        expect(peer.aborted).to.equal(1)
        return await sending()(want, options)
      })
      const { waitedMs, parts } = await fetchedAfter(2 * FIRST_BYTES + 1_000, peer, edge)
      expect(waitedMs).to.be.within(1_500, 2_300)
      expect(parts?.map(({ source }) => source)).to.deep.equal(['peer', 'edge'])
    })

    it('is left alone then where there is no server', async () => {
      const other = new FakeSource('peer', 'b', sending(), { rttMs: 90 })
      expect(await fetchedAfter(2 * FIRST_BYTES + 1_000, slow(), other))
        .to.include({ waitedMs: 2_800, from: 'a' })
    })
  })

  it('one that goes on in time wins, and the helper is cancelled', async () => {
    const peer = new FakeSource('peer', 'a', (want, options) => {
      options.onBytes?.(block.bytes, 900)
      return trickle(time, block.bytes, 1000, 400)(want, options)
    })
    const edge = new FakeSource('edge', 'e', mute)
    const home = await node(peer, edge)
    expect(await fetched(home, block)).to.include({ from: 'a', waitedMs: 400 })
    expect([edge.offsets, edge.aborted]).to.deep.equal([[900], 1])
  })

  it('late bytes of the loser are counted as wasted', async () => {
    const peer = new FakeSource('peer', 'a', (want, options) => {
      options.signal.addEventListener('abort', () => { options.onLate?.(123) })
      return mute(want, options)
    })
    const home = await node(peer, new FakeSource('edge', 'e', sending()))
    await fetched(home, block)
    expect(home.tally.wastedBytes).to.equal(123)
  })

  describe('a block put together wrongly', () => {
    const half = (bytes: Uint8Array) =>
      new FakeSource('peer', 'a', trickle(time, bytes, 500, 20, 500))

    it('is fetched whole, and its beginning’s sender banned when that was wrong', async () => {
      const edge = new FakeSource('edge', 'e', sending())
      const home = await node(half(block.bytes.map(byte => byte ^ 1)), edge)
      expect(await fetched(home, block)).to.include({ from: 'e' })
      expect(edge.offsets).to.deep.equal([500, 0])
      expect(home.penalties.banned()).to.deep.equal(['a'])
      expect(home.tally.mismatches).to.equal(1)
    })

    it('is not blamed on the innocent beginning when the end was wrong', async () => {
      const liar: FakeSource = new FakeSource('edge', 'e', (want, options) =>
        sending(liar.offsets.length > 1 ? 0 : 1)(want, options))
      const home = await node(half(block.bytes), liar)
      await fetched(home, block)
      expect(home.penalties.banned()).to.deep.equal(['e'])
    })

    it('bans nobody while nobody knows the truth', async () => {
      const gone = new FakeSource('edge', 'e', async (want, options) =>
        options.offset === 0 ? undefined : await sending(1)(want, options))
      const home = await node(half(block.bytes), gone)
      expect((await failure(home, block)).name).to.be.oneOf(['DeadlineError', 'UpstreamError'])
      expect(home.penalties.banned()).to.deep.equal([])
    })

    it('is fetched whole when the helper has nothing behind the beginning', async () => {
      const edge = new FakeSource('edge', 'e', async (want, options) =>
        options.offset === 0 ? await sending()(want, options) : undefined)
      await fetched(await node(half(block.bytes), edge), block)
      expect(edge.offsets).to.deep.equal([500, 0])
    })
  })

  describe('one that is busy', () => {
    const busy = (providers: string[] = []) => new FakeSource('peer', 'a', async () => {
      throw new PeerBusyError(200, providers)
    }, { rttMs: 1 })

    /** Has no room when it is asked first, then does as told. */
    const busyOnce = (retryMs: number, answer: Answer): Answer => {
      let isBusy = true
      return async (want, options) => {
        if (!isBusy) return await answer(want, options)
        isBusy = false
        throw new PeerBusyError(retryMs)
      }
    }

    it('is passed over at once, and whom it names is told to the brokers', async () => {
      const broker = new FakeBroker(busy(['/ip4/1.2.3.4/tcp/5/p2p/x']),
        new FakeSource('edge', 'e', sending()))
      const home = await nodeOf(broker)
      expect(await fetched(home, block, { content: block.cid })).to.include({ waitedMs: 0 })
      expect(broker.hints).to.deep.equal(['/ip4/1.2.3.4/tcp/5/p2p/x'])
    })

    it('is asked again before a server is, by who can wait', async () => {
      const peer = new FakeSource('peer', 'a', busyOnce(1_000, sending()))
      const edge = new FakeSource('edge', 'e', sending())
      const { from, waitedMs } = await fetched(
        await node(peer, edge), block, { priority: 'prefetch' })
      expect([from, edge.asked.length]).to.deep.equal(['a', 0])
      expect(waitedMs).to.be.within(1_000, 1_250)
    })

    it('is not asked by another way either', async () => {
      const http = new FakeSource('edge', 'http://e', busyOnce(2_000, sending()), { node: 'e' })
      const stream = new FakeSource('edge', 'e', sending(), { rttMs: 50 })
      const { from, waitedMs } = await fetched(await node(http, stream), block)
      expect([from, stream.asked.length]).to.deep.equal(['http://e', 0])
      expect(waitedMs).to.be.within(2_000, 2_250)
    })

    it('is asked as by those who know no peers at the last call, before an origin', async () => {
      const holder = new FakeSource('peer', 'p', mute)
      const last = new FakeSource('edge', 'e', sending(), { isLastResort: true })
      const edge = new FakeSource('edge', 'e', async () => {
        throw new PeerBusyError(20_000)
      }, { insisting: last, rttMs: 1 })
      const origin = new FakeSource('origin', 'o', sending())
      const { source, waitedMs } = await fetched(await node(holder, edge, origin), block)
      expect([source, edge.asked.length, origin.asked.length]).to.deep.equal(['edge', 1, 0])
      expect(waitedMs).to.be.within(3_000, 4_000)
    })

    it('that sends away even those is asked no more, and the origin is', async () => {
      const refuse = async () => { throw new PeerBusyError(20_000) }
      const last = new FakeSource('edge', 'e', refuse, { isLastResort: true })
      const edge = new FakeSource('edge', 'e', refuse, { insisting: last, rttMs: 1 })
      const origin = new FakeSource('origin', 'o', sending())
      const { source } = await fetched(
        await node(new FakeSource('peer', 'p', mute), edge, origin), block)
      expect([source, last.asked.length]).to.deep.equal(['origin', 1])
    })

    it('is not waited for once it has said that it does not have the block', async () => {
      const edge = new FakeSource('edge', 'e', busyOnce(2_000, async () => undefined))
      const { name, waitedMs } = await failure(await node(edge), block)
      expect(name).to.equal('ContentNotFoundError')
      expect(waitedMs).to.be.within(2_000, 2_250)
    })

    it('is waited for when nobody else is there, to the deadline', async () => {
      const source = busy()
      const { name, waitedMs } = await failure(await node(source), block)
      expect([name, waitedMs]).to.deep.equal(['DeadlineError', 10_000])
      expect(source.asked.length).to.be.within(3, 10)
    })
  })

  describe('one that says HAVE and answers MISSING', () => {
    const place = { number: 3, rendition: 'a' }
    const empty = () => new FakeSource('peer', 'a', async () => undefined, { rttMs: 1 })

    it('costs a round trip, and is asked less and less', async () => {
      const liar = empty()
      const others = await Promise.all(Array.from({ length: 40 }, (_, i) => sampleBlock(i, 100)))
      const edge = new FakeSource('edge', 'e', new Map(others.flatMap(({ held }) => [...held])))
      const home = await node(liar, edge)
      for (const other of others) {
        expect(await fetched(home, other, place)).to.include({ from: 'e', waitedMs: 0 })
        await time.advance(250)
      }
      expect(liar.asked.length).to.be.within(2, 8)
      expect(home.penalties.banned()).to.deep.equal([])
    })

    it('is no liar where it was only thought to have it', async () => {
      const peer = empty()
      const home = await node(peer, new FakeSource('edge', 'e', sending()))
      await fetched(home, block)
      expect(home.penalties.isBlocked('a')).to.equal(false)
    })
  })

  describe('when all fail', () => {
    const refused = async () => { throw new TypeError('connection refused') }

    it('whoever waits hears it in three seconds, also while they are left in peace', async () => {
      const home = await node(new FakeSource('edge', 'e', refused))
      for (let round = 0; round < 3; round++) {
        const { name, message, waitedMs } = await failure(home, block)
        expect(name).to.equal('UpstreamError')
        expect(waitedMs).to.be.within(2000, 3000)
        expect(message).to.include('nobody could send')
      }
    })

    it('a fetch that nobody waits for goes on to its deadline', async () => {
      const source = new FakeSource('edge', 'e', refused)
      const { waitedMs } = await failure(await node(source), block, { priority: 'prefetch' })
      expect(waitedMs).to.equal(10_000)
    })

    it('it goes on while sources are looked for again', async () => {
      const broker = new FakeBroker()
      broker.renewing = true
      const home = await nodeOf(broker)
      const result = home.fetcher.fetch(block.want(time, { content: block.cid }))
      await time.advance(1000)
      broker.offered.push(new FakeSource('peer', 'late', block.held))
      expect((await time.until(result)).value.delivery.from).to.equal('late')
    })
  })

  it('waits for others no longer once somebody takes all of it as fast as it comes', async () => {
    const neighbour = new FakeSource('peer', 'a', mute, { holds: 'loading' })
    const edge = new FakeSource('edge', 'e', block.held)
    const home = await node(neighbour, edge)
    const ahead = home.fetcher.fetch(block.want(time, { priority: 'prefetch' }))
    await time.advance(1000)
    expect(edge.asked).to.have.length(0)
    const now = home.fetcher.fetch(block.want(time, { priority: 'prefetch', isDownload: true }))
    await time.advance(10)
    expect(edge.asked).to.have.length(1)
    expect((await time.until(now)).value.delivery.from).to.equal('e')
    expect((await ahead).delivery.from).to.equal('e')
  })

  it('tells those asked when the block becomes more urgent', async () => {
    const peer = new FakeSource('peer', 'a', mute)
    const home = await node(peer)
    const ahead = home.fetcher.fetch(block.want(time, { priority: 'prefetch' }))
    await time.advance(10)
    const now = home.fetcher.fetch(block.want(time, { priority: 'urgent' }))
    expect(peer.raised).to.have.length(1)
    expect(peer.raised[0]).to.include({ priority: 'urgent' })
    await home.fetcher.stop(new Error('stop'))
    await Promise.allSettled([ahead, now])
  })
})
