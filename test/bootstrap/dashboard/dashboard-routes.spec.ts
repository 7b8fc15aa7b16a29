import { expect } from 'chai'
import fastify from 'fastify'
import { Dashboard, dashboardRoutes, FiguresFeed } from '../../../bootstrap/dashboard/index.ts'
import { PeerRegistry } from '../../../bootstrap/peer-registry.ts'
import type { RateLimit } from '../../../bootstrap/token-buckets.ts'
import { BootstrapTracker } from '../../../bootstrap/tracker.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import type { Availability, Figures } from '../../../protocols/dashboard/index.ts'
import { encodeReport } from '../../../protocols/tracker/index.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'
import { contentNamed, NETWORK, NOW, testNode } from '../../protocols/tracker/nodes.ts'
import { reportOf } from './reporters.ts'

const content = contentNamed('a')

describe('bootstrap/dashboard/dashboard-routes', () => {
  const rig = async (options: { addressRate?: RateLimit } = {}) => {
    const time = { nowMs: NOW }
    const clock = () => time.nowMs
    const tracker = new BootstrapTracker(
      { store: new PeerRegistry(), clock }, { network: NETWORK })
    const ambient = { clock, timer: systemTimer, log: spokenLog().log }
    const dashboard = new Dashboard({ tracker, ...ambient })
    const feed = new FiguresFeed({ dashboard, ...ambient }, { maxListeners: 0 })
    const page = {
      file: async (name: string) => name.endsWith('.txt')
        ? undefined
        : { bytes: Buffer.from(name), type: 'text/plain', etag: '"e"' }
    }
    const app = fastify()
    await app.register(dashboardRoutes({ tracker, dashboard, feed, clock, page }, options))
    const holds = [{ content, rendition: '128k', parts: Uint8Array.of(255, 0) }]
    const report = reportOf({ sinceMs: NOW, counts: { peer: 70, edge: 30, given: 100 }, holds })
    const node = await testNode(1, {}, clock)
    const renditions = [{ rendition: '128k', held: 1, blocks: 2 }]
    await tracker.submit(
      'announce', await node.signer.announce([{ content, renditions }]), { ip: '127.0.0.1' })
    await tracker.submit(
      'heartbeat', await node.signer.heartbeat(encodeReport(report)), { ip: '127.0.0.1' })
    await dashboard.step()
    return { app, time, dashboard, id: `${node.peer}` }
  }

  it('gives the figures once, and says when they are still the same', async () => {
    const { app, dashboard } = await rig()
    const answer = await app.inject('/dashboard/figures')
    const { steps, titles, isWhole } = answer.json<Figures>()
    expect(steps[0]!.sums).to.deep.equal({ peer: { peer: 70, edge: 30, given: 100 } })
    expect([titles, isWhole])
      .to.deep.equal([[{ content: `${content}`, rendition: '128k', partly: 1 }], true])
    const headers = { 'if-none-match': String(answer.headers.etag) }
    const again = async () =>
      (await app.inject({ url: '/dashboard/figures', headers })).statusCode
    expect(await again()).to.equal(304)
    await dashboard.step()
    expect(await again()).to.equal(200)
  })

  it('tells nobody where a node is', async () => {
    const { app } = await rig()
    for (const url of ['/dashboard/figures', `/dashboard/availability?content=${content}`]) {
      expect((await app.inject(url)).body).not.to.match(/127\.0\.0\.1|\/ip4\//)
    }
  })

  it('says who holds which part of a title', async () => {
    const { app, id } = await rig()
    const url = `/dashboard/availability?content=${content}`
    const { rows, rendition, parts } = (await app.inject(url)).json<Availability>()
    expect([rendition, parts]).to.deep.equal(['128k', 2])
    expect(rows).to.deep.equal(
      [{ id, role: 'peer', region: 'eu', held: 1, blocks: 2, parts: '/wA' }])
    expect((await app.inject(`${url}&rendition=none`)).json<Availability>().rows)
      .to.deep.equal([])
  })

  it('names what was wrong, with a status', async () => {
    const { app } = await rig()
    const answers = await Promise.all([
      '/dashboard/availability', '/dashboard/availability?content=x',
      `/dashboard/availability?content=${content}&rendition=${'x'.repeat(129)}`,
      '/dashboard/events', '/dashboard/other.txt'
    ].map(async url => await app.inject(url)))
    expect(answers.map(answer => [answer.statusCode, answer.json().error])).to.deep.equal([
      [400, 'InvalidArgumentError'], [400, 'InvalidCidError'], [400, 'InvalidArgumentError'],
      [503, 'OverloadedError'], [404, 'ContentNotFoundError']
    ])
  })

  it('serves the page, which may load nothing from elsewhere, and bounds an address', async () => {
    const { app } = await rig({ addressRate: { perSecond: 1, burst: 2 } })
    const answer = await app.inject('/dashboard')
    expect([answer.body, (await app.inject('/dashboard/main.js')).body])
      .to.deep.equal(['index.html', 'main.js'])
    expect(answer.headers['content-security-policy']).to.contain("default-src 'none'")
    expect((await app.inject('/dashboard')).statusCode).to.equal(429)
  })
})
