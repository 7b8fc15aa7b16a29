import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type BlockWant, HttpBroker } from '../../../daemon/retrieval/index.ts'
import type { HttpSource, HttpSources } from '../../../daemon/discovery/index.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import { type SampleTitle, sampleTitle } from '../../protocols/content/titles.ts'
import { bench, type Bench, sampleBlock } from './fakes.ts'

interface HttpServer {
  app: FastifyInstance
  url: string
  asked: string[]
  headers: Array<Record<string, unknown>>
}

type Handler = (cid: string, reply: FastifyReply) => unknown

type Upstream = [role: HttpSource['role'], url: string, rttMs?: number]

describe('daemon/retrieval/http-broker', () => {
  const closers: Array<() => Promise<unknown>> = []
  let title: SampleTitle

  before(async () => { title = await sampleTitle() })

  afterEach(async () => {
    await Promise.all(closers.splice(0).map(close => close()))
  })

  /** An HTTP server with blocks, answering as told. */
  async function serving (handler: Handler = cid => title.held.get(cid)): Promise<HttpServer> {
    const app = Fastify({ forceCloseConnections: true })
    const asked: string[] = []
    const headers: Array<Record<string, unknown>> = []
    app.get('/blocks/:cid', async (request, reply) => {
      asked.push(request.url)
      headers.push(request.headers)
      const { cid } = request.params as { cid: string }
      const answer = await handler(cid, reply)
      if (answer === reply) {
        return reply
      }
      return answer == null
        ? await reply.code(404).send({ error: 'ContentNotFoundError' })
        : await reply.type('application/octet-stream').send(Buffer.from(answer as Uint8Array))
    })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    closers.push(() => app.close())
    return { app, url, asked, headers }
  }

  /** Takes connections and never says a word. */
  async function silent (): Promise<string> {
    const sockets = new Set<Socket>()
    const server: Server = createServer(socket => { sockets.add(socket.on('error', () => {})) })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    closers.push(() => new Promise(resolve => {
      sockets.forEach(socket => { socket.destroy() })
      server.close(resolve)
    }))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async function closedPort (): Promise<string> {
    const { app, url } = await serving()
    await app.close()
    return url
  }

  async function sourcesOf (
    ...upstreams: Upstream[]
  ): Promise<Omit<HttpSources, 'list'> & { list (): HttpSource[] }> {
    const list = await Promise.all(upstreams.map(async ([role, url, rttMs]) => ({
      peer: peerIdFromPrivateKey(await generateKeyPair('Ed25519')),
      role,
      region: 'here',
      url,
      ...(rttMs != null && { rttMs })
    })))
    return { list: () => list, isSettled: () => true, use: () => {}, ready: async () => {} }
  }

  const clock = () => Date.now()
  const timer = systemTimer

  async function brokerOf (...upstreams: Upstream[]) {
    const penalties = new PenaltyBook({ clock })
    const sources = await sourcesOf(...upstreams)
    const client = { version: '1', peer: 'it' }
    const broker = new HttpBroker({ sources, fetch, penalties, clock }, { client })
    return { penalties, sources, broker }
  }

  /** A node with these servers and nothing else, on the wall's clock. */
  async function nodeOf (...upstreams: Upstream[]): Promise<Bench> {
    const { broker } = await brokerOf(...upstreams)
    return await bench([broker], {}, { clock, timer })
  }

  async function want (more: Partial<BlockWant> = {}): Promise<BlockWant> {
    const { cid } = await sampleBlock()
    return { cid, size: 1000, priority: 'playing', deadlineMs: Date.now() + 10_000, ...more }
  }

  async function asked (
    handler: Handler, more: Partial<BlockWant> = {}
  ): Promise<Uint8Array | undefined> {
    const { url } = await serving(handler)
    const { broker } = await brokerOf(['edge', url])
    const [source] = broker.sources(await want())
    return await source!.fetch(await want(more), { signal: AbortSignal.timeout(5000) })
  }

  const failure = (work: Promise<unknown>) =>
    work.then(() => undefined, (err: Error) => err)

  it('asks for a block of a title, and says that it is one of us', async () => {
    const { url, asked, headers } = await serving()
    const { broker, sources } = await brokerOf(['edge', url])
    let uses = 0
    sources.use = () => { uses++ }
    await (await bench([broker], {}, { clock, timer })).retrieval.manifest(title.id)
    expect(uses).to.be.greaterThan(0)
    expect(asked).to.deep.equal([`/blocks/${title.id}?content=${title.id}`])
    expect(headers[0]).to.include({ 'cdnd-client': '1', 'cdnd-peer': 'it' })
  })

  it('does not say so where it insists', async () => {
    const { url, headers } = await serving()
    const { broker } = await brokerOf(['edge', url])
    const [source] = broker.sources(await want())
    await source!.insisting!.fetch(await want(), { signal: AbortSignal.timeout(5000) })
    expect(headers[0]).not.to.have.property('cdnd-client')
  })

  it('says nothing for an edge, which has no swarm to be sent to', async () => {
    const { url, headers } = await serving()
    const { penalties, sources } = await brokerOf(['origin', url])
    const [source] = new HttpBroker({ sources, fetch, penalties, clock }).sources(await want())
    await source!.fetch(await want(), { signal: AbortSignal.timeout(5000) })
    expect(headers[0]).not.to.have.any.keys('cdnd-client', 'cdnd-peer')
  })

  it('plays a whole title from an origin alone', async () => {
    const { url } = await serving()
    const { retrieval, tally } = await nodeOf(['origin', url])
    for (let n = 0; n < 20; n++) {
      expect((await retrieval.segment(title.id, '128k', n)).size).to.equal(2500)
    }
    expect(tally.bytes.origin).to.be.greaterThan(50_000)
  })

  it('makes one request of a hundred', async () => {
    const { url, asked } = await serving()
    const { retrieval } = await nodeOf(['origin', url])
    const segments = Array.from({ length: 100 }, () => retrieval.segment(title.id, '128k', 1))
    await Promise.all(segments)
    expect(asked).to.have.length(new Set(asked).size)
    expect(asked).to.have.length(1 + 1 + 3)
  })

  it('goes from a dead edge to the next, and to the origin when that is dead too', async () => {
    const { url: alive } = await serving()
    const [dead, other] = [await closedPort(), await closedPort()]
    const first = await nodeOf(['edge', dead, 1], ['edge', alive, 50], ['origin', other, 1])
    const { deliveries } = await first.retrieval.segment(title.id, '128k', 0)
    expect(new Set(deliveries.map(({ source, from }) => `${source} ${from}`)))
      .to.deep.equal(new Set([`edge ${alive}`]))
    const second = await nodeOf(['edge', dead, 1], ['edge', other, 2], ['origin', alive])
    const segment = await second.retrieval.segment(title.id, '128k', 0)
    expect(segment.deliveries[0]).to.include({ source: 'origin' })
  })

  it('goes from an edge that does not answer to the next within a second or so', async () => {
    const { url } = await serving()
    const { retrieval } = await nodeOf(['edge', await silent(), 1], ['edge', url, 2])
    const sinceMs = Date.now()
    await retrieval.manifest(title.id)
    expect(Date.now() - sinceMs).to.be.within(100, 1500)
  })

  it('bans an edge with wrong bytes, node and URL, and stores none of them', async () => {
    const { url: good } = await serving()
    const { url: bad, asked } = await serving(cid => title.held.get(cid)!.map(byte => byte ^ 1))
    const { broker, penalties, sources } = await brokerOf(['edge', bad, 1], ['edge', good, 2])
    const node = await bench([broker], {}, { clock, timer, penalties })
    await node.retrieval.segment(title.id, '128k', 0)
    await node.retrieval.segment(title.id, '128k', 1)
    expect(asked).to.have.length(1)
    expect(penalties.banned()).to.have.members([bad, sources.list()[0]!.peer.toString()])
    expect(node.tally.mismatches).to.equal(1)
    await node.retrieval.stop()
    for (const { cid } of node.store.entries()) {
      expect([...(await node.store.get(cid))!]).to.deep.equal([...title.held.get(cid.toString())!])
    }
  })

  it('never follows a redirect', async () => {
    const { url: other, asked: elsewhere } = await serving()
    const refused = await failure(asked((cid, reply) => reply.redirect(`${other}/blocks/${cid}`)))
    expect(refused?.name).to.equal('UpstreamError')
    expect(elsewhere).to.have.length(0)
  })

  it('refuses more bytes than the block may have, promised or not', async () => {
    const promised = await failure(asked((_cid, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': 1e10 })
      reply.raw.write('x')
      return reply
    }))
    expect(promised?.name).to.equal('BlockTooLargeError')
    let sent = 0
    const endless = await failure(asked((_cid, reply) => {
      reply.hijack()
      reply.raw.writeHead(200)
      const write = () => {
        while (!reply.raw.destroyed && sent < 1e9 && reply.raw.write(new Uint8Array(65_536))) {
          sent += 65_536
        }
      }
      reply.raw.on('drain', write)
      write()
      return reply
    }))
    expect(endless?.name).to.equal('BlockTooLargeError')
    expect(sent).to.be.below(1e8)
  })

  it('tells absence, busyness and breakage apart', async () => {
    expect(await asked(() => undefined)).to.equal(undefined)
    const busy = await failure(asked((_cid, reply) =>
      reply.code(503).header('retry-after', 2).send({ error: 'busy', providers: ['p1', 7, 'p2'] })))
    expect(busy).to.deep.include({
      name: 'PeerBusyError', retryAfterMs: 2000, providers: ['p1', 'p2']
    })
    const exact = await failure(asked((_cid, reply) =>
      reply.code(503).header('retry-after', 2).send({ error: 'busy', retryAfterMs: 1234 })))
    expect(exact).to.deep.include({ retryAfterMs: 1234, providers: [] })
    const plain = await failure(asked((_cid, reply) => reply.code(503).send('down for the day')))
    expect(plain).to.deep.include({ name: 'PeerBusyError', retryAfterMs: 1000, providers: [] })
    const broken = await failure(asked((_cid, reply) => reply.code(500).send('oops')))
    expect(broken?.name).to.equal('UpstreamError')
  })

  it('is refused a body that ends too soon', async () => {
    const cut = await failure(asked((_cid, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': 1000 })
      reply.raw.write('abc', () => { reply.raw.destroy() })
      return reply
    }))
    expect(cut?.name).to.equal('UpstreamError')
  })

  describe('asked for the rest of a block', () => {
    const block = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)

    /** What a server answers to `Range: bytes=600-`. */
    async function rest (handle: (range: unknown, reply: FastifyReply) => FastifyReply) {
      const app = Fastify({ forceCloseConnections: true })
      app.get('/blocks/:cid', ({ headers }, reply) => handle(headers.range, reply))
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      closers.push(() => app.close())
      const { broker } = await brokerOf(['edge', url])
      const [source] = broker.sources(await want())
      const told: number[] = []
      const bytes = await source!.fetch(await want(), {
        signal: AbortSignal.timeout(5000),
        offset: 600,
        onBytes: (buffer, filled) => { told.push(buffer.length, filled) }
      })
      return { bytes, told }
    }
    const part = (from: number) => (range: unknown, reply: FastifyReply) => {
      expect(range).to.equal('bytes=600-')
      return reply.code(206).header('content-range', `bytes ${from}-999/1000`)
        .send(Buffer.from(block.subarray(from)))
    }

    it('takes no other bytes, and tells of them as they come', async () => {
      const { bytes, told } = await rest(part(600))
      expect([...bytes!]).to.deep.equal([...block.subarray(600)])
      expect(told.slice(-2)).to.deep.equal([400, 400])
    })

    it('cuts what a server sends whole, and refuses another part', async () => {
      const { bytes } = await rest((_range, reply) => reply.send(Buffer.from(block)))
      expect([...bytes!]).to.deep.equal([...block.subarray(600)])
      expect((await failure(rest(part(500))))?.name).to.equal('UpstreamError')
    })

    it('tells that there is nothing behind', async () => {
      expect((await rest((_range, reply) => reply.code(416).send())).bytes).to.equal(undefined)
    })
  })

  it('ends the request when the caller leaves', async () => {
    const { broker } = await brokerOf(['edge', await silent()])
    const [source] = broker.sources(await want())
    const caller = new AbortController()
    const left = failure(source!.fetch(await want(), { signal: caller.signal }))
    expect(broker.sources(await want())[0]!.inFlight).to.equal(1)
    caller.abort()
    expect((await left)?.name).to.equal('AbortError')
    expect(broker.sources(await want())[0]!.inFlight).to.equal(0)
  })

  it('measures how fast a server is', async () => {
    let size = 1000
    const { url } = await serving(() => new Uint8Array(size))
    const { broker } = await brokerOf(['edge', url])
    const request = await want({ size: 1_000_000 })
    const source = () => broker.sources(request)[0]!
    const ask = () => source().fetch(request, { signal: AbortSignal.timeout(5000) })
    expect([source().rttMs, source().rateBytesPerSecond]).to.deep.equal([undefined, undefined])
    await ask()
    expect([source().progress(), source().rateBytesPerSecond]).to.deep.equal([1000, undefined])
    expect(source().rttMs).to.be.at.least(0)
    size = 1_000_000
    await ask()
    expect(source().progress()).to.equal(1_001_000)
    expect(source().rateBytesPerSecond).to.be.greaterThan(0)
  })

  it('is woken when the first server is known, and seeks until trackers answered', async () => {
    const list: HttpSource[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    let isSettled = false
    const own = { list: () => list, isSettled: () => isSettled, ready: () => promise }
    const sources = { ...own, use: () => {} }
    const broker = new HttpBroker({ sources, fetch, penalties: new PenaltyBook({ clock }), clock })
    expect(broker.isSeeking()).to.equal(true)
    const woken = broker.changed(await want(), { signal: new AbortController().signal })
    isSettled = true
    expect(broker.isSeeking()).to.equal(false)
    isSettled = false
    list.push((await sourcesOf(['edge', 'http://127.0.0.1:1'])).list()[0]!)
    resolve()
    await woken
    expect(broker.isSeeking()).to.equal(false)
    await broker.changed(await want(), { signal: AbortSignal.timeout(1) })
  })
})
