import { expect } from 'chai'
import { checkBlock, chunkSegment } from '../../../protocols/content/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import {
  refusal, type SampleTitle, sampleTitle, someBytes, titleOf
} from '../../protocols/content/titles.ts'
import { eventually } from '../../protocols/exchange/sample-node.ts'
import {
  type SampleEdge, sampleEdge, seed, type SwarmNode, type SwarmNodeInit, swarmNode
} from './swarm-node.ts'

describe('daemon/retrieval/retrieval over tcp', () => {
  const running: Array<{ stop: () => Promise<unknown> }> = []
  let title: SampleTitle

  before(async () => { title = await sampleTitle(20, 20_000) })

  afterEach(async () => { await Promise.all(running.splice(0).map(one => one.stop())) })

  async function node (init: SwarmNodeInit = {}): Promise<SwarmNode> {
    const made = await swarmNode(init)
    running.push(made)
    return made
  }

  async function seeder (
    init: SwarmNodeInit = {}, isWanted?: (index: number) => boolean
  ): Promise<SwarmNode> {
    const made = await node(init)
    await seed(made, title, isWanted)
    return made
  }

  async function edge (delayMs = 0): Promise<SampleEdge> {
    const made = await sampleEdge(title, delayMs)
    running.push(made)
    return made
  }

  /** Plays segments and holds their bytes against what was published. */
  async function play ({ retrieval }: SwarmNode, ...numbers: number[]) {
    const deliveries = []
    for (const n of numbers) {
      const segment = await retrieval.segment(title.id, '128k', n)
      expect(Buffer.concat(segment.chunks).equals(someBytes(20_000, n))).to.equal(true)
      deliveries.push(...segment.deliveries)
    }
    return deliveries
  }

  async function knowing (
    listener: SwarmNode, { id }: SampleTitle, ...holders: SwarmNode[]
  ): Promise<void> {
    await listener.retrieval.manifest(id)
    await eventually(() => holders.every(({ host }) =>
      listener.exchange.neighbour(host.peerId)?.holdsAny(id) === true), 'holders are known', 5000)
  }

  /** Every block in the store is the block it is called. */
  async function isSound ({ store }: SwarmNode): Promise<void> {
    for (const { cid } of store.entries()) {
      await checkBlock(cid, (await store.get(cid))!, sha256)
    }
  }

  const from = ({ host }: SwarmNode) => host.peerId.toString()

  it('plays a title from peers alone, found by who is known to have it', async () => {
    const listener = await node({ knows: [await seeder()] })
    const deliveries = await play(listener, 0, 1, 2)
    expect(deliveries.every(({ source, path }) => source === 'peer' && path.length === 1))
      .to.equal(true)
    expect(listener.holdings.completeness(title.id)[0]).to.include({ held: 60, blocks: 400 })
  })

  it('takes one segment from several peers, faster than one could send it', async () => {
    const bytes = someBytes(1_500_000, 1)
    const { entry, blocks } = await chunkSegment(bytes, { sha256, blockBytes: 50_000 })
    const segments = [{ ...entry, durationMs: 10_000 }]
    const wide = await titleOf([
      { name: 'video', bandwidth: 1_200_000, codecs: 'avc1.640028', segments }
    ], blocks)
    const slow = { uploadBytesPerSecond: 1_000_000 }
    const seeders = await Promise.all([1, 2, 3].map(() => node(slow)))
    await Promise.all(seeders.map(one => seed(one, wide)))
    const listener = await node({ knows: seeders })
    await knowing(listener, wide, ...seeders)
    const sinceMs = Date.now()
    const { chunks, deliveries } = await listener.retrieval.segment(wide.id, 'video', 0)
    expect(Date.now() - sinceMs).to.be.below(1500)
    expect(Buffer.concat(chunks).equals(bytes)).to.equal(true)
    expect(new Set(deliveries.map(({ from }) => from))).to.deep.equal(new Set(seeders.map(from)))
  })

  it('puts a segment together from peers that hold a part each, and from an edge', async () => {
    const third = (n: number) => seeder({}, index => index % 3 === n)
    const seeders = [await third(0), await third(1)]
    const { url } = await edge()
    const listener = await node({ knows: seeders, http: [{ url }] })
    await knowing(listener, title, ...seeders)
    const deliveries = await play(listener, 0)
    expect(new Set(deliveries.map(({ from }) => from)))
      .to.deep.equal(new Set([...seeders.map(from), url]))
  })

  it('bans a peer that sends wrong bytes, and nobody stores one', async () => {
    const liar = await seeder({
      serve: get => async (cid, options) =>
        (await get(cid, options))?.map((byte, i) => i === 7 ? byte ^ 1 : byte)
    })
    const honest = await seeder()
    const listener = await node({ knows: [liar, honest] })
    await play(listener, 0, 1, 2, 3)
    const { peerId } = liar.host
    await eventually(() => listener.exchange.neighbour(peerId) == null, 'the liar is gone')
    expect(listener.penalties.banned()).to.deep.equal([from(liar)])
    expect(listener.tally.mismatches).to.be.greaterThan(0)
    const deliveries = await play(listener, 4, 5)
    expect(deliveries.every(delivery => delivery.from === from(honest))).to.equal(true)
    expect(await refusal(() => listener.exchange.connect(peerId, liar.host.getMultiaddrs())))
      .to.equal('PeerBannedError')
    await listener.retrieval.stop()
    await isSound(listener)
  })

  it('turns to the edge within a second when the peer that has it never answers', async () => {
    let asked = 0
    const mute = await seeder({ serve: () => () => { asked++; return new Promise(() => {}) } })
    const { url } = await edge()
    const listener = await node({ knows: [mute], http: [{ url }] })
    await knowing(listener, title, mute)
    const sinceMs = Date.now()
    const deliveries = await play(listener, 0)
    expect(Date.now() - sinceMs).to.be.within(100, 1000)
    expect(deliveries.every(({ source }) => source === 'edge')).to.equal(true)
    expect(asked).to.be.greaterThan(0)
  })

  it('goes on when a peer vanishes in the middle', async () => {
    const [leaving, staying] = [await seeder(), await seeder()]
    const listener = await node({ knows: [leaving, staying] })
    await knowing(listener, title, leaving, staying)
    await play(listener, 0)
    const rest = play(listener, 1, 2, 3, 4, 5)
    await leaving.host.stop()
    await rest
    const deliveries = await play(listener, 6)
    expect(deliveries.every(delivery => delivery.from === from(staying))).to.equal(true)
  })

  it('needs no HTTP: one listener takes from the origin, the next from the first', async () => {
    const origin = await seeder({ role: 'origin' })
    const first = await node({ knows: [origin] })
    expect((await play(first, 0, 1)).every(({ source }) => source === 'origin')).to.equal(true)
    const second = await node({ knows: [origin, first] })
    await knowing(second, title, first)
    expect((await play(second, 0, 1)).every(({ source }) => source === 'peer')).to.equal(true)
    const { byteLength } = title.held.get(title.id.toString())!
    expect(second.tally.bytes.origin ?? 0).to.be.below(byteLength * 20)
  })

  it('shares with a neighbour what the edge is asked for, and waits for its part', async () => {
    const { url, asked } = await edge(150)
    const first = await node({ http: [{ url }] })
    const second = await node({ http: [{ url }], knows: [first] })
    await play(first, 0)
    await play(second, 0)
    await knowing(second, title, first)
    asked.length = 0
    const { blocks } = await (await first.retrieval.manifest(title.id)).index('128k').segment(1)
    const fetch = ({ retrieval }: SwarmNode) =>
      retrieval.segment(title.id, '128k', 1, { priority: 'prefetch' })
    const ahead = fetch(first)
    const neighbour = second.exchange.neighbour(first.host.peerId)!
    await eventually(() => blocks.some(({ number }) =>
      neighbour.holds(title.id, '128k', number) === 'loading'), 'it loads')
    const { deliveries } = await fetch(second)
    await ahead
    expect(deliveries.some(delivery => delivery.from === from(first))).to.equal(true)
    expect(new Set(deliveries.map(({ from }) => from))).to.deep.equal(new Set([from(first), url]))
    expect(asked).to.have.length(20)
  })

  it('says soon that nobody has a title that does not exist', async () => {
    const { url } = await edge()
    const listener = await node({ http: [{ url }], knows: [await seeder()] })
    const { id } = await sampleTitle(1, 10)
    const sinceMs = Date.now()
    expect(await refusal(() => listener.retrieval.manifest(id))).to.equal('ContentNotFoundError')
    expect(Date.now() - sinceMs).to.be.below(3000)
  })
})
