import { expect } from 'chai'
import type { Delivery } from '../../daemon/retrieval/index.ts'
import { type SampleTitle, sampleTitle, someBytes } from '../protocols/content/titles.ts'
import { LinkRig } from './link-rig.ts'
import { until } from './network-rig.ts'

const SEGMENTS = 60
const BYTES = 20_000
const ROUTES_MS = 60_000
/** To wait for a silence would take three seconds. */
const OTHER_WAY_MS = 1_000

describe('e2e/relays', function () {
  this.timeout(150_000)
  let rig: LinkRig
  let title: SampleTitle
  before(async () => { title = await sampleTitle(SEGMENTS, BYTES) })
  beforeEach(async () => { rig = await LinkRig.open() })
  afterEach(async () => { await rig.close() })

  async function started (...names: string[]): Promise<void> {
    for (const name of names) await rig.start(name)
  }

  const idsOf = (...names: string[]): string[] => names.map(name => rig.id(name))

  async function play (name: string, from: number, to: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    for (let n = from; n < to; n++) {
      const { retrieval } = rig.node(name).parts
      const segment = await retrieval.segment(title.id, '128k', n)
      expect(Buffer.concat(segment.chunks).equals(someBytes(BYTES, n))).to.equal(true)
      deliveries.push(...segment.deliveries)
    }
    return deliveries
  }

  async function untilPlays (name: string): Promise<void> {
    const { retrieval } = rig.node(name).parts
    await until(async () => await retrieval.manifest(title.id, { timeoutMs: 2_000 })
      .then(() => true, () => false), `a way to the title from ${name}`, ROUTES_MS)
  }

  /** Gossip brings one way after the other. */
  async function untilRoutes (from: string, to: string, ...sharing: string[]): Promise<void> {
    const { routes } = rig.node(from).parts
    await until(() => sharing.every(name =>
      routes.routeTo(rig.id(to), { avoid: new Set([rig.id(name)]) }) != null),
    `ways from ${from} to ${to} without any of ${sharing.join()}`, ROUTES_MS)
  }

  it('a title two relays away is played, also when one of them is killed', async () => {
    await started('a', 'r1', 'r2', 'r3', 'r4', 'b')
    await rig.link('a', 'r1', 'r2', 'b')
    await rig.link('a', 'r3', 'r4', 'b')
    await rig.seed('b', title)
    await untilPlays('a')
    await untilRoutes('a', 'b', 'r2', 'r4')
    const first = await play('a', 0, 10)
    const ways = [idsOf('r1', 'r2', 'b'), idsOf('r3', 'r4', 'b')]
    for (const { path } of first) expect(ways).to.deep.include(path)
    expect(rig.node('a').parts.exchange.neighbour(rig.node('b').host.peerId)).to.equal(undefined)
    const answer = await fetch(`${rig.node('a').gateway.url()}/hls/${title.id}/128k/10.m4s`)
    expect(answer.headers.get('cdnd-hops')).to.equal('3')
    expect(ways.map(way => way.join())).to.include(answer.headers.get('cdnd-path'))
    const used = first.at(-1)!.path[1] === rig.id('r2') ? 'r2' : 'r4'
    const playing = play('a', 11, SEGMENTS)
    await rig.kill(used)
    const slowestMs = Math.max(...(await playing).map(({ elapsedMs }) => elapsedMs))
    expect(slowestMs).to.be.below(OTHER_WAY_MS)
    for (const relay of ['r1', 'r3']) {
      expect(rig.node(relay).parts.store.usage().blocks, relay).to.equal(0)
    }
  })

  it('the first who wants all of a title spreads it over the way to the edge', async () => {
    await rig.start('edge', { role: 'edge' })
    const hops = ['h1', 'h2', 'h3']
    await started('first', ...hops)
    await rig.link('first', ...hops, 'edge')
    await rig.seed('edge', title)
    await untilPlays('first')
    await (await rig.control('first')).pin(`${title.id}`)
    const segmentsOf = (name: string): number => {
      const { held } = rig.node(name).parts.holdings.completeness(title.id)[0] ?? { held: 0 }
      return held / (BYTES / 1_000)
    }
    await until(() => segmentsOf('first') === SEGMENTS, 'all of the title', 60_000)
    const kept = hops.map(segmentsOf)
    expect(kept.reduce((sum, n) => sum + n)).to.be.within(SEGMENTS * 0.9, SEGMENTS)
    for (const n of kept) expect(n, kept.join()).to.be.within(SEGMENTS * 0.3, SEGMENTS * 0.37)
    const blocks = hops.map(name => rig.node(name).parts.store.usage().blocks)

    await rig.start('second')
    await rig.link('second', 'first')
    await (await rig.control('second')).pin(`${title.id}`)
    await until(() => segmentsOf('second') === SEGMENTS, 'all of the title again', 60_000)
    expect(hops.map(name => rig.node(name).parts.store.usage().blocks)).to.deep.equal(blocks)
  })
})
