import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { PeerRegistry } from '../../../bootstrap/peer-registry.ts'
import {
  GraphFeed, operatorRoutes, Topology, topologyRoutes
} from '../../../bootstrap/topology/index.ts'
import { BootstrapTracker } from '../../../bootstrap/tracker.ts'
import type { RateLimit } from '../../../bootstrap/token-buckets.ts'
import { refuseLargeBody } from '../../../daemon/http/refuse.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import type { Graph } from '../../../protocols/topology/index.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'
import { contentNamed, NETWORK, NOW, testNode } from '../../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const titles = [{ content, renditions: [{ rendition: '128k', held: 3, blocks: 10 }] }]
const HTTP = { role: 'edge' as const, http: 'http://127.0.0.1:8481' }

describe('bootstrap/topology/topology-routes', () => {
  const rig = async (options: { addressRate?: RateLimit } = {}) => {
    const time = { nowMs: NOW }
    const clock = () => time.nowMs
    const tracker = new BootstrapTracker(
      { store: new PeerRegistry(), clock }, { network: NETWORK })
    const topology = new Topology({ tracker, clock })
    const feed = new GraphFeed(
      { topology, clock, timer: systemTimer, log: spokenLog().log }, { maxListeners: 0 })
    const page = {
      file: async (name: string) => ({ bytes: Buffer.from(name), type: 'text/plain', etag: '"e"' })
    }
    const app = fastify()
    refuseLargeBody(app) // As a daemon's listener does.
    await app.register(topologyRoutes({ tracker, topology, feed, page }, options))
    const send = async (method: 'POST' | 'DELETE', url: string, envelope: Uint8Array) => {
      const headers = { 'content-type': 'application/vnd.ipld.dag-cbor' }
      const answer = await app.inject({ method, url, headers, payload: Buffer.from(envelope) })
      time.nowMs += 1_000 // The next question gets a graph with it.
      return [answer.statusCode, answer.json()]
    }
    const get = async (url: string) => (await app.inject(url)).json()
    return { app, time, tracker, send, get }
  }

  it('registers by a signed heartbeat, lists, and lets each node remove itself', async () => {
    const { send, get } = await rig()
    const peer = await testNode(1)
    const edge = await testNode(2, HTTP)
    expect(await send('POST', '/peers', await peer.signer.heartbeat()))
      .to.deep.equal([200, { known: false }])
    expect(await send('POST', '/edges', await edge.signer.heartbeat()))
      .to.deep.equal([200, { known: false }])
    const ids = (list: Graph['nodes']) => list.map(({ id }) => id)
    expect(ids((await get('/peers')).peers)).to.have.members([`${peer.peer}`, `${edge.peer}`])
    expect(await get('/edges')).to.deep.equal({
      edges: [{ id: `${edge.peer}`, region: 'eu', titles: 0, ...HTTP }], isWhole: true
    })
    expect(await send('DELETE', `/peers/${peer.peer}`, await peer.signer.leave()))
      .to.deep.equal([200, { known: true }])
    expect(ids((await get('/peers')).peers)).to.deep.equal([`${edge.peer}`])
  })

  it('takes nobody’s word for another, and no listener for an edge', async () => {
    const { send, get } = await rig()
    const [a, b] = [await testNode(1), await testNode(2)]
    await send('POST', '/peers', await a.signer.heartbeat())
    const refused = async (...question: Parameters<typeof send>) => {
      const [status, { error, reason }] = await send(...question)
      return [status, error, reason]
    }
    expect(await refused('DELETE', `/peers/${a.peer}`, await b.signer.leave()))
      .to.deep.equal([403, 'RecordRefusedError', 'signer'])
    expect(await refused('DELETE', `/peers/${a.peer}`, await a.signer.heartbeat()))
      .to.deep.equal([400, 'InvalidMessageError', undefined])
    expect(await refused('DELETE', `/edges/${a.peer}`, new Uint8Array()))
      .to.deep.equal([400, 'InvalidMessageError', undefined])
    expect(await refused('POST', '/edges', await b.signer.heartbeat()))
      .to.deep.equal([400, 'InvalidArgumentError', undefined])
    expect((await get('/peers')).peers).to.have.length(1)
  })

  it('gives the graph once, and says when it is still the same', async () => {
    const { app, send } = await rig()
    const a = await testNode(1)
    const b = await testNode(2, { rtts: [{ peer: `${a.peer}`, rttMs: 9 }] })
    await send('POST', '/peers', await a.signer.heartbeat())
    await send('POST', '/peers', await b.signer.heartbeat())
    const first = await app.inject('/graph')
    const graph = first.json<Graph>()
    expect(graph.links.map(({ rttMs }) => rttMs)).to.deep.equal([9])
    expect(JSON.stringify(graph)).not.to.contain('127.0.0.1')
    const ask = async () => await app.inject(
      { url: '/graph', headers: { 'if-none-match': `"x", W/${first.headers.etag}` } })
    expect([(await ask()).statusCode, (await ask()).body]).to.deep.equal([304, ''])
    await send('DELETE', `/peers/${b.peer}`, await b.signer.leave())
    expect((await ask()).statusCode).to.equal(200)
  })

  it('marks the holders of a title', async () => {
    const { tracker, send, get } = await rig()
    const [a, b] = [await testNode(1), await testNode(2)]
    await send('POST', '/peers', await a.signer.heartbeat())
    await tracker.submit('announce', await b.signer.announce(titles), { ip: '127.0.0.1' })
    const { nodes } = await get(`/graph?content=${content}`)
    expect(nodes.map(({ id, titles, holds }: Graph['nodes'][0]) => [id, titles, holds]))
      .to.have.deep.members([[`${a.peer}`, 0, undefined], [`${b.peer}`, 1, true]])
  })

  it('finds the way between two nodes', async () => {
    const { send, get } = await rig()
    const a = await testNode(1)
    const b = await testNode(2, { rtts: [{ peer: `${a.peer}`, rttMs: 9 }] })
    await send('POST', '/peers', await a.signer.heartbeat())
    await send('POST', '/peers', await b.signer.heartbeat())
    const path = await get(`/path?from=${a.peer}&to=${b.peer}`)
    expect(path).to.deep.include({ from: `${a.peer}`, to: `${b.peer}`, hops: 1, rttMs: 9 })
  })

  it('names what was wrong, with a status', async () => {
    const { app, send } = await rig()
    const { peer, signer } = await testNode(1)
    await send('POST', '/peers', await signer.heartbeat())
    const answers = await Promise.all([
      `/path?from=${peer}`, `/path?from=${peer}&to=${peer}&to=${peer}`,
      `/path?from=${peer}&to=${'x'.repeat(129)}`, `/path?from=${peer}&to=nobody`,
      '/graph?content=not-a-cid', '/graph/events'
    ].map(async url => await app.inject(url)))
    expect(answers.map(answer => [answer.statusCode, answer.json().error])).to.deep.equal([
      [400, 'InvalidArgumentError'],
      [400, 'InvalidArgumentError'],
      [400, 'InvalidArgumentError'],
      [404, 'PeerNotFoundError'],
      [400, 'InvalidCidError'],
      [503, 'OverloadedError']
    ])
  })

  it('serves the page, which may load nothing from elsewhere', async () => {
    const { app } = await rig()
    for (const [url, body] of [
      ['/graph/ui', 'index.html'], ['/graph/ui/main.js', 'main.js'],
      ['/graph/ui/style.css', 'style.css']
    ]) {
      const answer = await app.inject(url!)
      expect([answer.statusCode, answer.body]).to.deep.equal([200, body])
      expect(answer.headers['content-security-policy'])
        .to.contain("default-src 'none'").and.to.contain("script-src 'self'")
    }
    const again = await app.inject({ url: '/graph/ui', headers: { 'if-none-match': '"e"' } })
    expect(again.statusCode).to.equal(304)
  })

  it('slows down who asks too often', async () => {
    const { app } = await rig({ addressRate: { perSecond: 1, burst: 1 } })
    expect([(await app.inject('/peers')).statusCode, (await app.inject('/peers')).statusCode])
      .to.deep.equal([200, 429])
  })

  it('lets an operator remove a node without its word', async () => {
    const { tracker, send, get } = await rig()
    const control: FastifyInstance = fastify()
    await operatorRoutes(tracker)(control)
    const { peer, signer } = await testNode(1)
    await send('POST', '/peers', await signer.heartbeat())
    const remove = async (url: string) => await control.inject({ method: 'DELETE', url })
    expect((await remove(`/peers/${peer}`)).json()).to.deep.equal({ known: true })
    expect((await remove(`/edges/${peer}`)).json().message).to.contain('no node')
    expect((await get('/peers')).peers).to.deep.equal([])
  })
})
