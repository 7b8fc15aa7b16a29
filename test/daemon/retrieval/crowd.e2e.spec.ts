import { expect } from 'chai'
import { parseCid } from '../../../protocols/cid.ts'
import { type SampleTitle, sampleTitle } from '../../protocols/content/titles.ts'
import {
  type SampleEdge, sampleEdge, type SwarmNode, swarmNode, type SwarmNodeInit, seed
} from './swarm-node.ts'

const SEGMENTS = 40
const CROWD = 6

describe('daemon/retrieval/crowd over tcp', () => {
  let title: SampleTitle
  const stops: Array<() => Promise<unknown>> = []

  before(async () => { title = await sampleTitle(SEGMENTS, 1000) })

  afterEach(async () => { await Promise.all(stops.splice(0).map(stop => stop())) })

  async function node (init: SwarmNodeInit = {}): Promise<SwarmNode> {
    const made = await swarmNode(init)
    stops.push(() => made.stop())
    return made
  }

  async function edgeOf (delayMs: number): Promise<SampleEdge> {
    const edge = await sampleEdge(title, delayMs)
    stops.push(() => edge.stop())
    return edge
  }

  const until = async (isSo: () => boolean, what: string) => {
    for (let waited = 0; !isSo(); waited += 5) {
      if (waited > 10_000) throw new Error(`waited in vain for ${what}`)
      await new Promise(resolve => { setTimeout(resolve, 5) })
    }
  }

  const meet = async (a: SwarmNode, b: SwarmNode) =>
    await a.exchange.connect(b.host.peerId, b.host.getMultiaddrs())

  /** The blocks of a segment after the first, by number. */
  const numbered = async ({ retrieval }: SwarmNode): Promise<Map<string, number>> => {
    const index = (await retrieval.manifest(title.id)).index('128k')
    const all = await Array.fromAsync(index.segments())
    return new Map(all.flatMap(({ blocks }) =>
      blocks.map(({ cid, number }) => [cid.toString(), number] as const)))
  }

  async function play ({ sessions, retrieval }: SwarmNode, pauseMs: number): Promise<void> {
    sessions.prime(title.id, '128k')
    await retrieval.init(title.id, '128k')
    for (let number = 0; number < SEGMENTS; number++) {
      const { chunks } = await sessions.request(title.id, '128k', number)
      expect(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)).to.equal(1000)
      await new Promise(resolve => { setTimeout(resolve, pauseMs) })
    }
  }

  it('takes a title from the edge about once, when all begin at the same moment', async () => {
    const edge = await edgeOf(20)
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => node({ http: [edge] })))
    for (const [i, one] of crowd.entries()) {
      await Promise.all(crowd.slice(i + 1).map(other => meet(one, other)))
    }
    await Promise.all(crowd.map(one => play(one, 30)))
    const numberOf = await numbered(crowd[0]!)
    const later = edge.asked.filter(cid => (numberOf.get(cid) ?? 0) > 0)
    expect(new Set(later).size).to.equal(SEGMENTS - 1)
    expect(later.length).to.be.at.most(1.5 * SEGMENTS)
    for (const { store } of crowd) {
      expect([...numberOf.keys()].every(key => store.has(parseCid(key)))).to.equal(true)
    }
  })

  it('goes on without a member that left, whose share it was', async () => {
    const edge = await edgeOf(5)
    const [one, gone] = [await node({ http: [edge] }), await node({ http: [edge] })]
    await meet(one, gone)
    const playing = play(one, 5)
    gone.sessions.prime(title.id, '128k')
    await gone.sessions.request(title.id, '128k', 0)
    await gone.stop()
    await playing
  })

  it('sends nothing more of what a seek has left behind', async () => {
    const seeder = await node({ uploadBytesPerSecond: 4_000 })
    await seed(seeder, title)
    const session = { aheadMs: 1e9, aheadSegments: 12 }
    const listener = await node({ knows: [seeder], session })
    await listener.sessions.request(title.id, '128k', 0)
    const [toListener] = [...seeder.exchange.neighbours()]
    const [toSeeder] = [...listener.exchange.neighbours()]
    await until(() => toSeeder!.inFlight >= 5, 'the read-ahead')
    const seek = listener.sessions.request(title.id, '128k', 30)
    await until(() => toSeeder!.inFlight <= 3, 'CANCELs')
    await seek
    const numberOf = await numbered(listener)
    const left = [...numberOf].filter(([key, number]) =>
      number > 0 && number < 20 && listener.store.has(parseCid(key)))
    expect(left.length).to.be.at.most(6)
    expect(toListener!.sentBytes).to.be.lessThan(20_000)
  })

  it('lets who comes later wait for what is being loaded', async () => {
    const edge = await edgeOf(400)
    const early = await node({ http: [edge], session: { share: false } })
    await early.sessions.request(title.id, '128k', 0)
    await until(() => early.holdings.pending(title.id).length > 0, 'the read-ahead')
    const late = await node({ http: [edge], session: { share: false } })
    const neighbour = await meet(late, early)
    await neighbour.interest(title.id)
    const [{ blocks: [loading] } = { blocks: [0] }] = early.holdings.pending(title.id)
    expect(neighbour.holds(title.id, '128k', loading!)).to.equal('loading')
    const manifest = await late.retrieval.manifest(title.id)
    const segment = await manifest.index('128k').segment(loading!)
    const { delivery } = await late.retrieval.block({
      ...segment.blocks[0]!, content: title.id, rendition: '128k', priority: 'prefetch'
    }, { timeoutMs: 5_000 })
    expect(delivery.source).to.equal('peer')
    expect(edge.asked.filter(cid => cid === segment.cid.toString())).to.have.length(1)
  })
})
