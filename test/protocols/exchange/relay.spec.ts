import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { PeerBusyError, PeerUnreachableError } from '../../../protocols/errors.ts'
import { MAX_WAITING_WANTS } from '../../../protocols/exchange/passage.ts'
import type {
  ExchangeInit, Neighbour, PassingBlock, RelayLimits, RelayParts
} from '../../../protocols/exchange/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { RawPeer } from './raw-peer.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const SIZE = 100_000

interface Relay extends SampleNode<MemoryHost> {
  id: string
  limits: SampleNode<MemoryHost>['limits']
  relay: RelayLimits
  kept: PassingBlock[]
}

/** For as long as it takes to pass something on. */
async function expectNever (isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    expect(isTrue()).to.equal(false)
    await new Promise(resolve => { setTimeout(resolve, 1) })
  }
}

describe('protocols/exchange/relay', () => {
  const nodes: Relay[] = []
  let network: MemoryNetwork

  beforeEach(() => { network = new MemoryNetwork() })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ exchange }) => { await exchange.stop() }))
  })

  async function node (
    parts: Partial<RelayParts> = {}, init: Partial<ExchangeInit> = {}
  ): Promise<Relay> {
    const host = await network.host()
    const kept: PassingBlock[] = []
    const relay: RelayLimits = {
      isEnabled: true, perPeerBytesPerSecond: 0, parallelPerPeer: 16, memoryBytes: 16e6
    }
    const keep = (block: PassingBlock): void => { kept.push(block) }
    const given = { limits: relay, sha256, keep, ...parts }
    const sample = sampleNode(host, init, { relay: given })
    const made = { ...sample, id: `${host.peerId}`, relay, kept }
    nodes.push(made)
    await made.exchange.start()
    return made
  }

  async function connect (from: Relay, to: Relay): Promise<Neighbour> {
    const neighbour = await from.exchange.connect(to.host.peerId, [to.host.address])
    await eventually(() => to.exchange.neighbour(from.host.peerId) != null, 'both ends')
    return neighbour
  }

  /** Each a neighbour of the next. */
  async function chain (...links: Relay[]): Promise<Neighbour> {
    const [first] = await Promise.all(links.slice(1).map((to, i) => connect(links[i]!, to)))
    return first!
  }

  const idsOf = (...route: Relay[]): string[] => route.map(({ id }) => id)

  async function unreachable (promise: Promise<unknown>): Promise<PeerUnreachableError> {
    const error = await failureOf(promise)
    expect(error).to.be.instanceOf(PeerUnreachableError)
    return error as PeerUnreachableError
  }

  it('brings a block from a holder two relays away, and keeps nothing on the way', async () => {
    const [a, r1, r2, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, r2, b)
    const bytes = await toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) })
    expect(bytes).to.deep.equal(sampleBytes(SIZE))
    expect([r1, r2].map(({ inventory }) => inventory.reads)).to.deep.equal([0, 0])
    expect([...r1.kept, ...r2.kept]).to.deep.equal([])
    for (const { exchange } of [r1, r2]) {
      expect(exchange.relayed).to.deep.equal({ blocks: 1, bytes: SIZE, refused: 0 })
    }
  })

  it('sends only the bytes that are missing', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, b)
    const bytes = await toR1.want({ cid, size: SIZE, offset: 90_000, route: idsOf(r1, b) })
    expect(bytes).to.deep.equal(sampleBytes(SIZE).subarray(90_000))
    expect(toR1.receivedBytes).to.be.below(20_000)
  })

  it('passes on that the holder does not have it, and that it is busy', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const toR1 = await chain(a, r1, b)
    const want = { cid: title, size: 10, route: idsOf(r1, b) }
    expect(await toR1.want(want)).to.equal(undefined)
    b.limits.isMetered = true
    const busy = await failureOf(toR1.want(want))
    expect(busy).to.be.instanceOf(PeerBusyError)
    expect((busy as PeerBusyError).retryAfterMs).to.equal(10_000)
  })

  it('names a hop that is no neighbour, and one that does not relay', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const plain = await node({ limits: { ...r1.relay, isEnabled: false } })
    const toR1 = await chain(a, r1, plain, b)
    const want = { cid: title, size: 10 }
    const gone = await unreachable(toR1.want({ ...want, route: idsOf(r1, b) }))
    expect(gone.hop).to.equal(b.id)
    const refused = await unreachable(toR1.want({ ...want, route: idsOf(r1, plain, b) }))
    expect(refused.hop).to.equal(plain.id)
    expect(await toR1.want({ ...want, route: idsOf(r1, plain) })).to.equal(undefined)
  })

  it('does not go in circles, nor relays for another than who is named first', async () => {
    const [a, r1, r2, b] = [await node(), await node(), await node(), await node()]
    const toR1 = await chain(a, r1, r2, b)
    const hopOf = async (...route: Relay[]): Promise<string> =>
      (await unreachable(toR1.want({ cid: title, size: 10, route: idsOf(...route) }))).hop
    expect(await hopOf(r1, r2, r1)).to.equal(r1.id)
    expect(await hopOf(r1, a, b)).to.equal(a.id)
    expect(await hopOf(r1, r2, r2, b)).to.equal(r2.id)
    expect(await hopOf(r2, b)).to.equal(r2.id)
  })

  it('does not relay when that is turned off', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const toR1 = await chain(a, r1, b)
    r1.relay.isEnabled = false
    const { hop } = await unreachable(toR1.want({ cid: title, size: 10, route: idsOf(r1, b) }))
    expect(hop).to.equal(r1.id)
    expect(r1.exchange.relayed).to.deep.equal({ blocks: 0, bytes: 0, refused: 1 })
  })

  const FULL: Array<[string, Partial<RelayLimits>]> = [
    ['as many as it takes for one peer', { parallelPerPeer: 1 }],
    ['as many bytes as it takes for all', { memoryBytes: SIZE }]
  ]
  for (const [what, limits] of FULL) {
    it(`lets WANTs wait while ${what} are under way`, async () => {
      const [a, r1, b] = [await node(), await node(), await node()]
      const cid = await b.inventory.add(sampleBytes(SIZE))
      const toR1 = await chain(a, r1, b)
      Object.assign(r1.relay, limits)
      let open = (): void => {}
      b.inventory.gate = new Promise(resolve => { open = resolve })
      const want = { cid, size: SIZE, route: idsOf(r1, b) }
      const [first, second] = [toR1.want(want), toR1.want(want)]
      await eventually(() => b.inventory.pendingReads === 1, 'the first at the holder')
      await expectNever(() => b.inventory.pendingReads > 1)
      open()
      for (const bytes of [await first, await second]) expect(bytes).to.have.length(SIZE)
    })
  }

  it('has room for another peer as soon as one is done', async () => {
    const [a, c, r1, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await chain(a, r1, b), await connect(c, r1)]
    r1.relay.memoryBytes = SIZE
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const wants = [toR1, other, toR1, other].map(neighbour => neighbour.want(want))
    const answers = await Promise.all(wants)
    expect(answers.map(bytes => bytes?.length)).to.deep.equal(Array(4).fill(SIZE))
  })

  it('leaves others their room, however much one peer asks for', async () => {
    const [a, c, r1, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await chain(a, r1, b), await connect(c, r1)]
    r1.relay.memoryBytes = 4 * SIZE
    let open = (): void => {}
    b.inventory.gate = new Promise(resolve => { open = resolve })
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const greedy = [1, 2, 3, 4].map(() => toR1.want(want))
    await eventually(() => b.inventory.pendingReads === 1, 'one of them at the holder')
    const modest = other.want(want)
    await eventually(() => b.inventory.pendingReads === 2, "the other peer's at the holder")
    await expectNever(() => b.inventory.pendingReads > 2)
    open()
    await Promise.all([...greedy, modest])
  })

  it('holds no block for long for one who does not take it', async () => {
    const [a, c, b] = [await node(), await node(), await node()]
    const r1 = await node({}, { wantTimeoutMs: 60 })
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await chain(a, r1, b), await connect(c, r1)]
    Object.assign(r1.relay, { memoryBytes: SIZE })
    r1.limits.uploadBytesPerSecond = 1_000
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const [slow, next] = [failureOf(toR1.want(want)), failureOf(other.want(want))]
    expect((await slow).name).to.equal('PeerBusyError')
    // It had its turn, and as little upload.
    expect((await next).name).to.equal('PeerBusyError')
    expect(r1.exchange.relayed.blocks).to.equal(2)
  })

  it('says at once when to come again where the rate would keep a WANT for long', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, b)
    r1.relay.perPeerBytesPerSecond = 20_000
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const first = toR1.want(want)
    const { hop, retryAfterMs } = await unreachable(toR1.want(want))
    expect(hop).to.equal(r1.id)
    expect(retryAfterMs).to.be.within(4_000, 10_000)
    await first
    r1.relay.perPeerBytesPerSecond = 0
    expect(await toR1.want(want)).to.have.length(SIZE)
  })

  it('refuses WANTs past those that may wait, and a second one of an id that does', async () => {
    const [r1, b] = [await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    await connect(r1, b)
    r1.relay.parallelPerPeer = 1
    b.inventory.gate = new Promise(() => {})
    const greedy = new RawPeer(await (await network.host()).openStream(r1.host))
    greedy.hello()
    for (let id = 1; id <= MAX_WAITING_WANTS + 3; id++) {
      greedy.send('want', { id, cid: cid.bytes, size: SIZE, route: idsOf(r1, b) })
    }
    await greedy.until('unreachable', 2)
    expect(greedy.of('unreachable')).to.deep.equal([2, 3].map(n =>
      ({ id: MAX_WAITING_WANTS + n, hop: r1.id, retryAfterMs: 200 })))
    greedy.send('want', { id: 9, route: idsOf(r1, b) })
    await greedy.untilReset()
  })

  it('lets WANTs wait for their turn where the rate allows that soon', async () => {
    const [a, r1, b] = [await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, b)
    r1.relay.perPeerBytesPerSecond = 4_000_000
    const startMs = performance.now()
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const answers = await Promise.all(Array.from({ length: 4 }, () => toR1.want(want)))
    expect(answers.map(bytes => bytes?.length)).to.deep.equal(Array(4).fill(SIZE))
    expect(performance.now() - startMs).to.be.above(20)
  })

  it('says at once that a hop left in the middle', async () => {
    const [a, r1, r2, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, r2, b)
    b.inventory.gate = new Promise(() => {})
    const wanted = unreachable(toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) }))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    await b.exchange.stop()
    expect((await wanted).hop).to.equal(b.id)
    const again = unreachable(toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) }))
    expect((await again).hop).to.equal(b.id)
  })

  it('is banned by the next honest hop when it alters bytes, and nobody else is', async () => {
    const flip = (bytes: Uint8Array): Uint8Array => {
      const digest = sha256(bytes) as Uint8Array
      bytes[7]! ^= 1
      return digest
    }
    const [a, r1, b] = [await node(), await node(), await node()]
    const flipping = await node({ sha256: flip })
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, flipping, b)
    const wrong: Neighbour[] = []
    r1.exchange.events.addEventListener('wrong', event => {
      wrong.push((event as CustomEvent<Neighbour>).detail)
    })
    const { hop } = await unreachable(
      toR1.want({ cid, size: SIZE, route: idsOf(r1, flipping, b) }))
    expect(hop).to.equal(flipping.id)
    expect(wrong.map(({ peer }) => `${peer}`)).to.deep.equal([flipping.id])
    expect(r1.exchange.neighbour(flipping.host.peerId)).to.equal(undefined)
    const refused = await failureOf(r1.exchange.connect(flipping.host.peerId, []))
    expect(refused.name).to.equal('PeerBannedError')
    expect(a.exchange.neighbour(r1.host.peerId)).to.equal(toR1)
    expect(flipping.exchange.neighbour(b.host.peerId)).to.not.equal(undefined)
  })

  it('passes a CANCEL on, and what the WANT took is free again', async () => {
    const [a, r1, r2, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, r2, b)
    for (const { relay } of [r1, r2]) relay.memoryBytes = SIZE
    const ends = new AbortController()
    b.inventory.gate = new Promise(() => {})
    const want = { cid, size: SIZE, route: idsOf(r1, r2, b) }
    const cancelled = failureOf(toR1.want(want, { signal: ends.signal }))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    const atR2 = r2.exchange.neighbour(b.host.peerId)!
    ends.abort(new Error('seek'))
    expect((await cancelled).message).to.equal('seek')
    await eventually(() => atR2.inFlight === 0, 'the CANCEL at the last hop')
    b.inventory.gate = Promise.resolve()
    expect(await toR1.want(want)).to.have.length(SIZE)
  })

  it('frees what a neighbour had under way when that leaves', async () => {
    const [a, c, r1, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, b)
    r1.relay.memoryBytes = SIZE
    b.inventory.gate = new Promise(() => {})
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const lost = failureOf(toR1.want(want))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    await a.exchange.stop()
    await lost
    await eventually(() => r1.exchange.neighbour(a.host.peerId) == null, 'a gone at the relay')
    b.inventory.gate = Promise.resolve()
    const toIt = await connect(c, r1)
    expect(await toIt.want({ ...want, deadlineMs: 2_000 })).to.have.length(SIZE)
  })

  it('has the hop that is asked to keep the block keep it, with its title', async () => {
    const [a, r1, r2, b] = [await node(), await node(), await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await chain(a, r1, r2, b)
    const want = { cid, size: SIZE, content: title, route: idsOf(r1, r2, b) }
    await toR1.want({ ...want, keeper: 2 })
    expect([r1.kept.length, r2.kept.length]).to.deep.equal([0, 1])
    expect(r2.kept[0]).to.deep.equal({ cid, bytes: sampleBytes(SIZE), content: title })
    await toR1.want({ ...want, keeper: 1 })
    expect([r1.kept.length, r2.kept.length]).to.deep.equal([1, 1])
  })

  describe('to a holder of which every frame is seen', () => {
    /** A relay between a node and a raw peer that claims to be anybody's neighbour. */
    async function watched () {
      const [a, r1] = [await node(), await node()]
      const host = await network.host()
      const holder = new RawPeer(await host.openStream(r1.host))
      holder.hello({ features: ['raise', 'relay'] })
      await eventually(() => r1.exchange.neighbour(host.peerId) != null, 'the holder')
      const toR1 = await connect(a, r1)
      return { toR1, holder, route: [r1.id, `${host.peerId}`] }
    }

    it('deadlines shrink, and the route with each hop', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = toR1.want({ cid: title, size: 10, route, deadlineMs: 2_000 })
      await holder.until('want')
      const [seen] = holder.of('want')
      expect(seen!.route).to.deep.equal(route.slice(1))
      expect(seen!.deadlineMs).to.be.within(1_500, 1_990)
      holder.send('missing', { id: seen!.id })
      expect(await wanted).to.equal(undefined)
    })

    it('a change of priority goes all the way', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = toR1.want({ cid: title, size: 10, route, priority: 'offline' })
      await holder.until('want')
      toR1.raise({ cid: title, priority: 'urgent' })
      await holder.until('want', 2)
      const [first, again] = holder.of('want')
      expect([again!.id, again!.again, again!.priority]).to.deep.equal([first!.id, true, 0])
      holder.send('missing', { id: first!.id })
      await wanted
    })

    it('a hop that none named does not make others look guilty', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = unreachable(toR1.want({ cid: title, size: 10, route }))
      await holder.until('want')
      holder.send('unreachable', { id: holder.of('want')[0]!.id, hop: route[0]! })
      expect((await wanted).hop).to.equal(route[1])
    })
  })
})
