import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import type { ExchangeEvents, ExchangeInit, Neighbour } from '../../../protocols/exchange/index.ts'
import { DATA_BYTES } from '../../../protocols/exchange/message.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const absent = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
type Node = SampleNode<MemoryHost>

describe('protocols/exchange/exchange', () => {
  const nodes: Node[] = []
  let network: MemoryNetwork

  beforeEach(() => { network = new MemoryNetwork() })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ exchange }) => { await exchange.stop() }))
  })

  async function node (init: Partial<ExchangeInit> = {}): Promise<Node> {
    const made = sampleNode(await network.host(), init)
    nodes.push(made)
    await made.exchange.start()
    return made
  }

  const connect = async (from: Node, to: Node): Promise<Neighbour> =>
    await from.exchange.connect(to.host.peerId, [to.host.address])

  async function pair (
    init: Partial<ExchangeInit> = {}
  ): Promise<{ a: Node, b: Node, toB: Neighbour, toA: Neighbour }> {
    const [a, b] = [await node(init), await node(init)]
    const toB = await connect(a, b)
    await eventually(() => b.exchange.neighbour(a.host.peerId) != null, 'a at b')
    return { a, b, toB, toA: b.exchange.neighbour(a.host.peerId)! }
  }

  function eventsOf ({ exchange }: Node): string[] {
    const seen: string[] = []
    for (const type of ['open', 'close', 'have'] satisfies Array<keyof ExchangeEvents>) {
      exchange.events.addEventListener(type, () => { seen.push(type) })
    }
    return seen
  }

  describe('neighbours', () => {
    it('tells each end what the other said in HELLO', async () => {
      const record = Uint8Array.of(1, 2, 3)
      const said: Partial<ExchangeInit> = { role: 'edge', region: 'us', features: ['relay'] }
      const a = await node({ ...said, record: () => record })
      const b = await node()
      a.limits.uploadBytesPerSecond = 5000
      const toB = await connect(a, b)
      await eventually(() => b.exchange.neighbour(a.host.peerId) != null, 'a at b')
      expect(toB.hello).to.deep.include({ network: 'test', role: 'peer', region: 'eu' })
      expect(b.exchange.neighbour(a.host.peerId)?.hello).to.deep.equal({
        ...said,
        network: 'test',
        features: ['raise', 'relay'],
        uploadBytesPerSecond: 5000,
        maxWants: 256,
        record
      })
    })

    it('gives one neighbour to all who connect to one peer', async () => {
      const [a, b] = [await node(), await node()]
      const all = await Promise.all([connect(a, b), connect(a, b), connect(a, b)])
      expect(new Set(all)).to.have.length(1)
      expect(await connect(a, b)).to.equal(all[0])
      expect([...a.exchange.neighbours()]).to.deep.equal([all[0]])
      expect(a.host.streams).to.have.length(1)
    })

    it('keeps one stream, the same at both ends, when both open one at once', async () => {
      for (let round = 0; round < 2; round++) {
        const [a, b] = [await node(), await node()]
        await Promise.all([connect(a, b), connect(b, a)])
        const open = ({ host }: Node) => host.streams.filter(({ status }) => status === 'open')
        await eventually(() => open(a).length === 1 && open(b).length === 1, 'one stream')
        const [idOfA, idOfB] = [a, b].map(({ host }) => host.peerId.toMultihash().bytes)
        const isLowerA = Buffer.compare(idOfA!, idOfB!) < 0
        expect(open(a)[0]?.direction).to.equal(isLowerA ? 'outbound' : 'inbound')
        const cid = await b.inventory.add(sampleBytes(100))
        const bytes = await a.exchange.neighbour(b.host.peerId)?.want({ cid, size: 100 })
        expect(bytes).to.deep.equal(sampleBytes(100))
      }
    })

    it('takes a newer stream of a neighbour back before its old one was missed', async () => {
      const { a, b, toA } = await pair()
      const seen = eventsOf(b)
      // The other side forgets everything, as after a restart, but its old stream is not reset.
      a.exchange.stop = async () => {}
      const reborn = sampleNode(a.host)
      nodes.push(reborn)
      await reborn.exchange.start()
      await reborn.exchange.connect(b.host.peerId, [b.host.address])
      await eventually(() => seen.length === 2, 'the change of streams')
      expect(seen).to.deep.equal(['close', 'open'])
      expect(b.exchange.neighbour(a.host.peerId)).to.not.equal(toA)
    })

    it('refuses a peer of another network by name, at both ends', async () => {
      const [a, b] = [await node(), await node({ network: 'other' })]
      const { name } = await failureOf(connect(a, b))
      expect(name).to.be.oneOf(['WrongNetworkError', 'PeerGoneError'])
      expect([...a.exchange.neighbours(), ...b.exchange.neighbours()]).to.deep.equal([])
      await eventually(() => a.host.aborted.length + b.host.aborted.length > 0, 'an abort')
      expect([...a.host.aborted, ...b.host.aborted][0]?.name).to.equal('WrongNetworkError')
    })

    it('says that a peer cannot be reached', async () => {
      const [a, b] = [await node(), await network.host()]
      for (const addresses of [[b.address], []]) {
        const { name } = await failureOf(a.exchange.connect(b.peerId, addresses))
        expect(name).to.equal('PeerGoneError')
      }
    })

    it('stops waiting when the caller does, or after its deadline', async () => {
      const a = await node({ connectTimeoutMs: 20, helloTimeoutMs: 1000 })
      const silent = await network.host()
      await silent.handle('', () => {})
      const connecting = async (options: { signal?: AbortSignal } = {}) =>
        await failureOf(a.exchange.connect(silent.peerId, [silent.address], options))
      const signal = AbortSignal.abort(new Error('enough'))
      expect((await connecting({ signal })).message).to.equal('enough')
      expect((await connecting()).name).to.equal('DeadlineError')
    })

    it('tells of neighbours that come and go', async () => {
      const [a, b] = [await node(), await node()]
      const seen = [eventsOf(a), eventsOf(b)]
      await connect(a, b)
      await b.exchange.stop()
      await eventually(() => seen.every(({ length }) => length === 2), 'open and close')
      expect(seen).to.deep.equal([['open', 'close'], ['open', 'close']])
      expect(a.exchange.neighbour(b.host.peerId)).to.equal(undefined)
    })

    it('bans: ends the stream, refuses new ones of either side until the ban ends', async () => {
      const { a, b, toB } = await pair()
      a.exchange.ban(b.host.peerId, performance.timeOrigin + performance.now() + 60_000)
      expect(toB.fault?.name).to.equal('PeerBannedError')
      expect(a.exchange.neighbour(b.host.peerId)).to.equal(undefined)
      expect((await failureOf(connect(a, b))).name).to.equal('PeerBannedError')
      await eventually(() => b.exchange.neighbour(a.host.peerId) == null, 'the end at b')
      expect((await failureOf(connect(b, a))).name).to.equal('PeerGoneError')
      a.exchange.ban(b.host.peerId, 0)
      await connect(a, b)
    })

    it('has no more neighbours than it may, whoever opens', async () => {
      const a = await node({ maxNeighbours: 1 })
      const [b, c] = [await node(), await node()]
      await connect(a, b)
      expect((await failureOf(connect(a, c))).name).to.equal('NeighbourLimitError')
      expect((await failureOf(connect(c, a))).name).to.equal('PeerGoneError')
      expect([...a.exchange.neighbours()]).to.have.length(1)
    })

    it('starts and stops as often as it is told to, and refuses when it is stopped', async () => {
      const { a, b } = await pair()
      await a.exchange.start()
      await a.exchange.stop()
      await a.exchange.stop()
      expect([...a.exchange.neighbours()]).to.deep.equal([])
      expect((await failureOf(connect(a, b))).name).to.equal('PeerGoneError')
      await a.exchange.start()
      await connect(a, b)
    })

    it('measures the round-trip time by itself', async () => {
      const { toB, toA } = await pair()
      await eventually(() => toB.rttMs != null && toA.rttMs != null, 'RTTs')
      expect(toB.rttMs).to.be.within(0, 1000)
      expect(toB.latestRtt?.count).to.be.greaterThan(0)
      expect(toB.coordinate).to.equal(undefined)
    })

    it('tells in each PONG where it is, if it knows', async () => {
      const place = { x: 12.5, y: -3, heightMs: 0.5, error: 0.25 }
      const { toB, toA } = await pair({ coordinate: () => place })
      await eventually(() => toB.coordinate != null && toA.coordinate != null, 'coordinates')
      expect([toB.coordinate, toA.coordinate]).to.deep.equal([place, place])
    })
  })

  describe('blocks', () => {
    it('come as they are, in either direction, of any size', async () => {
      const { a, b, toB, toA } = await pair()
      for (const size of [0, 1, DATA_BYTES, DATA_BYTES + 1, 1_048_576]) {
        const bytes = sampleBytes(size)
        const cid = await b.inventory.add(bytes)
        await a.inventory.add(bytes)
        expect(await toB.want({ cid, size }), `${size} bytes to a`).to.deep.equal(bytes)
        expect(await toA.want({ cid, size }), `${size} bytes to b`).to.deep.equal(bytes)
      }
      expect(toB.receivedBytes).to.be.greaterThan(1_048_576)
      expect(toB.sentBytes).to.be.greaterThan(1_048_576)
      expect(toB.rateBytesPerSecond).to.be.greaterThan(0)
    })

    it('come in any order and many at once', async () => {
      const { b, toB } = await pair()
      const wanted = await Promise.all(Array.from({ length: 40 }, async (_, index) => {
        const bytes = sampleBytes(3000 * index, index)
        return { bytes, cid: await b.inventory.add(bytes) }
      }))
      const got = Promise.all(wanted.map(({ cid, bytes }) => toB.want({ cid, size: bytes.length })))
      expect(toB.inFlight).to.equal(40)
      expect(await got).to.deep.equal(wanted.map(({ bytes }) => bytes))
      expect(toB.inFlight).to.equal(0)
    })

    it('share no memory with each other or with the stream', async () => {
      const { b, toB } = await pair()
      const cid = await b.inventory.add(sampleBytes(1000))
      const bytes = await toB.want({ cid, size: 1000 })
      expect(bytes?.buffer.byteLength).to.equal(1000)
    })

    it('are undefined when the neighbour does not have them, or only a larger one', async () => {
      const { b, toB } = await pair()
      const cid = await b.inventory.add(sampleBytes(1000))
      expect(await toB.want({ cid: absent, size: 10 })).to.equal(undefined)
      expect(await toB.want({ cid, size: 999 })).to.equal(undefined)
      expect(await toB.want({ cid, size: 1_048_576 })).to.have.length(1000)
    })

    it('are refused while the neighbour is busy, with others that may have the title', async () => {
      const { b, a, toB } = await pair()
      const c = await node()
      const holding = { rendition: 'a', base: 0, bitfield: Uint8Array.of(1) }
      c.inventory.holdingsOf.set(title.toString(), [holding])
      await (await connect(b, c)).interest(title)
      await toB.interest(title)
      b.limits.parallelTransfers = 0
      const refused = await failureOf(toB.want({ cid: absent, size: 10, content: title }))
      const providers = [c.host.address.toString()]
      expect(refused).to.deep.include({ name: 'PeerBusyError', retryAfterMs: 200, providers })
      const nameless = await failureOf(toB.want({ cid: absent, size: 10 }))
      expect(nameless).to.deep.include({ name: 'PeerBusyError', providers: [] })
      expect(a.exchange.neighbour(b.host.peerId)).to.equal(toB)
    })

    it('are not asked for beyond the WANTs that may be in flight', async () => {
      const { b, toB } = await pair()
      b.inventory.gate = new Promise(() => {})
      const open = Array.from({ length: 64 }, () => failureOf(toB.want({ cid: absent, size: 1 })))
      expect((await failureOf(toB.want({ cid: absent, size: 1 }))).name).to.equal('PeerBusyError')
      await b.exchange.stop()
      const names = (await Promise.all(open)).map(({ name }) => name)
      expect(names).to.deep.equal(Array(64).fill('PeerGoneError'))
    })

    it('fail by name when the neighbour leaves, the caller aborts or time is up', async () => {
      const { b, toB } = await pair({ wantTimeoutMs: 30 })
      b.inventory.gate = new Promise(() => {})
      const abort = new AbortController()
      const aborted = failureOf(toB.want({ cid: absent, size: 1 }, { signal: abort.signal }))
      abort.abort(new Error('enough'))
      expect((await aborted).message).to.equal('enough')
      const again = toB.want({ cid: absent, size: 1 }, { signal: abort.signal })
      expect((await failureOf(again)).message).to.equal('enough')
      for (const deadlineMs of [5, 0]) {
        const late = toB.want({ cid: absent, size: 1, deadlineMs })
        expect((await failureOf(late)).name).to.equal('DeadlineError')
      }
      expect((await failureOf(toB.want({ cid: absent, size: 1 }))).name).to.equal('DeadlineError')
      const tooLarge = await failureOf(toB.want({ cid: absent, size: 1_048_577 }))
      expect(tooLarge.name).to.equal('BlockTooLargeError')
      await b.exchange.stop()
      await eventually(() => toB.inFlight === 0, 'nothing in flight')
      expect((await failureOf(toB.want({ cid: absent, size: 1 }))).name).to.equal('PeerGoneError')
      expect((await failureOf(toB.interest(title))).name).to.equal('PeerGoneError')
    })

    it('stop coming when cancelled, and the stream goes on', async () => {
      const { b, toB } = await pair()
      const size = 1_048_576
      const cid = await b.inventory.add(sampleBytes(size))
      b.limits.uploadBytesPerSecond = 10_000_000
      const abort = new AbortController()
      const aborted = failureOf(toB.want({ cid, size }, { signal: abort.signal }))
      await eventually(() => toB.receivedBytes > DATA_BYTES, 'a first frame')
      abort.abort()
      await aborted
      b.limits.uploadBytesPerSecond = 0
      const small = await b.inventory.add(sampleBytes(10))
      expect(await toB.want({ cid: small, size: 10 })).to.have.length(10)
      expect(toB.receivedBytes).to.be.lessThan(size / 2)
    })
  })
})
