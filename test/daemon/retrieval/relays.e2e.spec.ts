import { expect } from 'chai'
import type { Delivery } from '../../../daemon/retrieval/index.ts'
import { type SampleTitle, sampleTitle, someBytes } from '../../protocols/content/titles.ts'
import { eventually } from '../../protocols/exchange/sample-node.ts'
import { FakeRoutes } from './fake-routes.ts'
import { seed, type SwarmNode, type SwarmNodeInit, swarmNode } from './swarm-node.ts'

const BYTES = 20_000

describe('daemon/retrieval over relays', function () {
  this.timeout(20_000)
  const running: SwarmNode[] = []
  let title: SampleTitle
  before(async () => { title = await sampleTitle(20, BYTES) })
  afterEach(async () => { await Promise.all(running.splice(0).map(node => node.stop())) })

  async function node (init: SwarmNodeInit = {}): Promise<SwarmNode> {
    const made = await swarmNode(init)
    running.push(made)
    return made
  }

  const idOf = ({ host }: SwarmNode): string => host.peerId.toString()

  async function meet (from: SwarmNode, to: SwarmNode): Promise<void> {
    await from.exchange.connect(to.host.peerId, to.host.getMultiaddrs())
    await eventually(() => to.exchange.neighbour(from.host.peerId) != null, 'both ends', 5_000)
  }

  /**
   * A listener that knows of a holder and has no address of it. It is reached over two relays, one
   * after the other, and over another beside them.
   */
  async function chain ({ first = {}, second = {} }: Record<string, SwarmNodeInit> = {}) {
    const routes = new FakeRoutes()
    const [a, r1, r2, beside, b] = [
      await node({ routes }), await node(first), await node(second), await node(), await node()
    ]
    await seed(b, title)
    a.known.push({ ...b.asProvider(), addresses: [] })
    for (const [from, to] of [[a, r1], [r1, r2], [r2, b], [a, beside], [beside, b]] as const) {
      await meet(from, to)
    }
    routes.ways.set(idOf(b), [[idOf(r1), idOf(r2)], [idOf(beside)]])
    return { a, r1, r2, beside, b, routes }
  }

  /** Segments from `n` on, with how each of their blocks came. */
  async function play ({ retrieval }: SwarmNode, from: number, to: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    for (let n = from; n < to; n++) {
      const segment = await retrieval.segment(title.id, '128k', n)
      expect(Buffer.concat(segment.chunks).equals(someBytes(BYTES, n))).to.equal(true)
      deliveries.push(...segment.deliveries)
    }
    return deliveries
  }

  const longest = (deliveries: Delivery[]): number =>
    Math.max(...deliveries.map(({ elapsedMs }) => elapsedMs))

  it('plays what a holder two relays away has; they keep nothing', async () => {
    const { a, r1, r2, b, routes } = await chain()
    routes.ways.set(idOf(b), [[idOf(r1), idOf(r2)]])
    const deliveries = await play(a, 0, 3)
    for (const { source, from, path, rttMs } of deliveries) {
      expect({ source, from, path, rttMs }).to.deep.equal(
        { source: 'peer', from: idOf(b), path: [r1, r2, b].map(idOf), rttMs: 30 })
    }
    expect(a.exchange.neighbour(b.host.peerId)).to.equal(undefined)
    expect([r1, r2].map(({ store }) => store.usage().blocks)).to.deep.equal([0, 0])
    expect([...r1.offered, ...r2.offered]).to.deep.equal([])
  })

  for (const which of ['r1', 'r2'] as const) {
    it(`takes another way within a second when the relay ${which} is gone`, async () => {
      const { a, b, beside, ...relays } = await chain()
      await play(a, 0, 2)
      const playing = play(a, 2, 20)
      await relays[which].stop()
      expect(longest(await playing)).to.be.below(1_000)
      const { deliveries: [after] } = await a.retrieval.init(title.id, '128k')
      expect(after!.path).to.deep.equal([beside, b].map(idOf))
    })
  }

  it('takes another way within a second when a relay falls silent', async () => {
    const { a, b, r2 } = await chain()
    await play(a, 0, 2)
    // It takes WANTs, and passes none on.
    r2.exchange.neighbour(b.host.peerId)!.want = async () => await new Promise(() => {})
    expect(longest(await play(a, 2, 20))).to.be.below(1_000)
  })

  it('has a relay that alters bytes banned by its neighbour, and nobody else', async () => {
    const { a, b, r1, r2, beside } = await chain({ second: { isFlipping: true } })
    await play(a, 0, 20)
    expect(r1.penalties.banned()).to.deep.equal([idOf(r2)])
    expect(r1.exchange.neighbour(r2.host.peerId)).to.equal(undefined)
    for (const { penalties } of [a, b, r2, beside]) expect(penalties.banned()).to.deep.equal([])
    expect(a.exchange.neighbour(r1.host.peerId)).to.not.equal(undefined)
    expect(a.tally.mismatches).to.equal(0)
  })

  it('bans the relay that hands it altered bytes', async () => {
    const { a, b, r1, r2, beside } = await chain({ first: { isFlipping: true } })
    await play(a, 0, 20)
    expect(a.penalties.banned()).to.deep.equal([idOf(r1)])
    expect(a.exchange.neighbour(r1.host.peerId)).to.equal(undefined)
    for (const { penalties } of [b, r1, r2, beside]) expect(penalties.banned()).to.deep.equal([])
    expect(a.tally.mismatches).to.be.above(0)
  })
})
