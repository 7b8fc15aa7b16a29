/**
 * Discovery over real sockets: libp2p nodes with a DHT, a tracker over libp2p and HTTP.
 */

import type { Ed25519PrivateKey } from '@libp2p/interface'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { PeerRegistry } from '../../../bootstrap/peer-registry.ts'
import { BootstrapTracker } from '../../../bootstrap/tracker.ts'
import { trackerRoutes } from '../../../bootstrap/tracker-routes.ts'
import { Announcer } from '../../../daemon/announcer.ts'
import {
  DhtRegistry, DhtSource, type HeldTitle, mergeSources, type Provider, type ProviderRegistry,
  TrackedHttpSources, TrackerRegistry, TrackerSource
} from '../../../daemon/discovery/index.ts'
import { createHost, type Host } from '../../../protocols/host.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import {
  httpTransport, libp2pTransport, NodeSigner, TRACKER_PROTOCOL, TrackerClient, TrackerServer
} from '../../../protocols/tracker/index.ts'
import { blockNamed, contentNamed, refusal } from '../../protocols/tracker/nodes.ts'
import { collect, log } from './fakes.ts'

const NETWORK = 'e2e'
const content = contentNamed('a title')
const held: HeldTitle = { content, completeness: [{ rendition: '128k', held: 3, blocks: 10 }] }
const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) })
const cleanups: Array<() => unknown> = []

async function openHost (dht: 'server' | 'off' = 'off'): Promise<{
  host: Host, key: Ed25519PrivateKey
}> {
  const key = await generateKeyPair('Ed25519')
  const host = await createHost(
    { privateKey: key, network: NETWORK, listen: ['/ip4/127.0.0.1/tcp/0'], dht, isPrivate: true })
  cleanups.push(() => host.stop())
  return { host, key }
}

interface Meeting {
  host: Host
  tracker: BootstrapTracker
  server: TrackerServer
  app: FastifyInstance
  url: string
  time: { aheadMs: number }
}

async function openMeeting (dht: 'server' | 'off' = 'off'): Promise<Meeting> {
  const { host } = await openHost(dht)
  const time = { aheadMs: 0 }
  const tracker = new BootstrapTracker(
    {
      store: new PeerRegistry(), clock: () => Date.now() + time.aheadMs, log
    }, { network: NETWORK })
  const server = new TrackerServer({ service: tracker, registrar: host, log })
  const app = fastify()
  await app.register(trackerRoutes(tracker))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  await tracker.start()
  await server.start()
  cleanups.push(() => tracker.stop(), () => app.close())
  return { host, tracker, server, app, url, time }
}

interface Node {
  host: Host
  signer: NodeSigner
  overLibp2p: TrackerClient
  overHttp: TrackerClient
}

async function openNode (
  meeting: Meeting, dht: 'server' | 'off' = 'off', role: Role = 'peer', http?: string
): Promise<Node> {
  const { host, key } = await openHost(dht)
  const signer = new NodeSigner({
    privateKey: key,
    describe: () => (
      { network: NETWORK, role, region: 'eu', addresses: host.getMultiaddrs(), http, rtts: [] }
    )
  })
  const init = { network: NETWORK, region: 'eu', timeoutMs: 3_000 }
  const overLibp2p = new TrackerClient(
    { ask: libp2pTransport(host, meeting.host.getMultiaddrs()), signer }, init
  )
  const overHttp = new TrackerClient({ ask: httpTransport(meeting.url), signer }, init)
  await host.dial(meeting.host.getMultiaddrs())
  return { host, signer, overLibp2p, overHttp }
}

function finderOf ({ host, overLibp2p }: Node) {
  const trackers = new TrackerSource({ trackers: [overLibp2p], peerId: host.peerId, log })
  const dht = new DhtSource({ contentRouting: host.contentRouting, peerId: host.peerId, log })
  return mergeSources([dht, trackers])
}

/** Asks until somebody is found or the time is over. */
async function findUntil (
  node: Node, isFound: (found: Provider[]) => boolean
): Promise<Provider[]> {
  const deadline = AbortSignal.timeout(8_000)
  for (;;) {
    const found = await collect(finderOf(node).find(content, { signal: deadline }))
    if (isFound(found) || deadline.aborted) {
      return found
    }
  }
}

describe('daemon/discovery, over sockets', () => {
  afterEach(async () => {
    await Promise.allSettled(cleanups.splice(0).reverse().map(async cleanup => await cleanup()))
  })

  for (const way of ['overLibp2p', 'overHttp'] as const) {
    it(`announces, finds and leaves at the tracker ${way}`, async () => {
      const meeting = await openMeeting()
      const holder = await openNode(meeting, 'off', 'origin', 'http://127.0.0.1:9')
      const seeker = await openNode(meeting)
      await holder[way].announce(
        [{ content, renditions: held.completeness, segments: [blockNamed('s')] }]
      )
      const [found] = await seeker[way].lookup(content)
      expect(`${found!.record.peer}`).to.equal(`${holder.host.peerId}`)
      expect(found!.record.addresses.map(String)).to.deep.equal(
        holder.host.getMultiaddrs().map(String)
      )
      expect(found!.renditions).to.deep.equal(held.completeness)
      expect(
        (await seeker[way].httpSources()).map(({ record }) => record.http)
      ).to.deep.equal(['http://127.0.0.1:9'])
      expect((await seeker[way].resolve(blockNamed('s')))?.equals(content)).to.equal(true)
      expect(await seeker[way].resolve(blockNamed('other'))).to.equal(undefined)
      expect(await holder[way].heartbeat()).to.deep.equal({ known: true })
      await holder[way].withdraw([content])
      expect(await seeker[way].lookup(content)).to.deep.equal([])
      await holder[way].leave()
      expect(await seeker[way].httpSources()).to.deep.equal([])
    })
  }

  it('forgets a silent node after 120 s', async () => {
    const meeting = await openMeeting()
    const holder = await openNode(meeting)
    await holder.overLibp2p.announce([{ content, renditions: [] }])
    meeting.time.aheadMs = 119_000
    expect(await holder.overHttp.lookup(content)).to.have.length(1)
    meeting.time.aheadMs = 121_000
    expect(await holder.overHttp.lookup(content)).to.deep.equal([])
  })

  it('refuses a replay, a forgery and another’s announce, and changes nothing', async () => {
    const meeting = await openMeeting()
    const holder = await openNode(meeting)
    const thief = await openNode(meeting)
    const announce = await holder.signer.announce([{ content, renditions: [] }])
    const forged = Uint8Array.from(announce)
    forged[50]! ^= 1
    for (const [envelope, ask] of [
      [announce, libp2pTransport(thief.host, meeting.host.getMultiaddrs())],
      [forged, libp2pTransport(holder.host, meeting.host.getMultiaddrs())],
      [forged, httpTransport(meeting.url)],
      [new Uint8Array(64 * 1024 + 1), httpTransport(meeting.url)]
    ] as const) {
      const answer = await ask({ type: 'announce', envelope }, within(3_000))
      expect(answer).to.include({ type: 'error', error: 'RecordRefusedError' })
    }
    expect((await meeting.tracker.size()).nodes).to.equal(0)
    const ask = httpTransport(meeting.url)
    expect(
      await ask({ type: 'announce', envelope: announce }, within(3_000))
    ).to.include({ type: 'accepted' })
    expect(
      await ask({ type: 'announce', envelope: announce }, within(3_000))
    ).to.include({ reason: 'sequence' })
  })

  it('resets a stream of random bytes or of too many, and serves on', async () => {
    const meeting = await openMeeting()
    const node = await openNode(meeting)
    for (const bytes of [new Uint8Array([3, 1, 2, 3]), new Uint8Array(
      [0xff, 0xff, 0xff, 0x7f]
    ), new Uint8Array(600_000).fill(0x7f)]) {
      const stream = await node.host.dialProtocol(
        meeting.host.getMultiaddrs(), TRACKER_PROTOCOL, within(3_000)
      )
      const ended = new Promise(
        resolve => { stream.addEventListener('close', resolve, { once: true }) }
      )
      try {
        stream.send(bytes)
      } catch {
        // It may be reset before all is written.
      }
      await Promise.race([ended, stream.close(within(3_000)).then(() => ended)])
    }
    expect(await node.overLibp2p.heartbeat()).to.deep.equal({ known: false })
  })

  it('names a tracker that is gone, and one that does not answer', async () => {
    const meeting = await openMeeting()
    const node = await openNode(meeting)
    await meeting.app.close()
    expect(await refusal(node.overHttp.lookup(content))).to.equal('UpstreamError')
    await meeting.server.stop()
    await meeting.host.handle(TRACKER_PROTOCOL, () => {})
    const patient = new TrackerClient(
      { ask: libp2pTransport(node.host, meeting.host.getMultiaddrs()), signer: node.signer },
      { network: NETWORK, timeoutMs: 200 })
    expect(await refusal(patient.lookup(content))).to.equal('DeadlineError')
    await meeting.host.stop()
    expect(await refusal(patient.lookup(content))).to.be.oneOf(['UpstreamError', 'DeadlineError'])
  })

  it('finds by DHT and tracker side by side, and by either when the other is gone', async () => {
    const meeting = await openMeeting('server')
    const holder = await openNode(meeting, 'server')
    const seeker = await openNode(meeting, 'server')
    const announcer = announcerOf([
      new DhtRegistry(
        { contentRouting: holder.host.contentRouting, log }
      ), new TrackerRegistry(holder.overLibp2p)
    ])
    await announcer.start()
    cleanups.push(() => announcer.stop())
    const isHolder = (found: Provider[]) => found.some(
      ({ peer }) => peer.equals(holder.host.peerId)
    )
    expect(isHolder(await findUntil(seeker, isHolder))).to.equal(true)
    const dhtAlone = new DhtSource(
      { contentRouting: seeker.host.contentRouting, peerId: seeker.host.peerId, log }
    )
    await until(async () => isHolder(await collect(dhtAlone.find(content, within(2_000)))))
    await meeting.server.stop()
    await meeting.app.close()
    const [found] = await findUntil(seeker, isHolder)
    expect(found!.via).to.equal('dht')
    expect(found!.addresses.map(String).join()).to.include('/ip4/127.0.0.1/tcp/')
  })

  it('finds by tracker with the DHT off', async () => {
    const meeting = await openMeeting()
    const holder = await openNode(meeting)
    const seeker = await openNode(meeting)
    await holder.overLibp2p.announce([{ content, renditions: held.completeness }])
    const [found] = await collect(finderOf(seeker).find(content, within(3_000)))
    expect(
      [`${found!.peer}`, found!.via, found!.region]
    ).to.deep.equal([`${holder.host.peerId}`, 'tracker', 'eu'])
  })

  it('announces all again to a tracker that was restarted, and leaves when stopped', async () => {
    const meeting = await openMeeting()
    const holder = await openNode(meeting)
    const seeker = await openNode(meeting)
    const announcer = announcerOf([new TrackerRegistry(holder.overLibp2p)], 100)
    await announcer.start()
    await until(async () => (await seeker.overHttp.lookup(content)).length === 1)
    await meeting.server.stop()
    const fresh = new BootstrapTracker({ store: new PeerRegistry(), log }, { network: NETWORK })
    await new TrackerServer({ service: fresh, registrar: meeting.host, log }).start()
    await until(async () => (await seeker.overLibp2p.lookup(content)).length === 1)
    await announcer.stop()
    expect(await seeker.overLibp2p.lookup(content)).to.deep.equal([])
  })

  it('lists an edge that registered by heartbeat alone, and measures it', async () => {
    const meeting = await openMeeting()
    const web = fastify()
    web.get('/health', async () => ({ status: 'ok' }))
    const url = await web.listen({ host: '127.0.0.1', port: 0 })
    cleanups.push(() => web.close())
    const edge = await openNode(meeting, 'off', 'edge', url)
    const seeker = await openNode(meeting)
    await edge.overLibp2p.heartbeat()
    const sources = new TrackedHttpSources(
      { trackers: [seeker.overLibp2p], log }, { network: NETWORK, region: 'eu' }
    )
    await sources.start()
    cleanups.push(() => sources.stop())
    await sources.ready(within(3_000))
    await until(async () => sources.list()[0]?.rttMs != null)
    expect(sources.list()[0]).to.include({ role: 'edge', region: 'eu', url })
    expect(sources.list()[0]!.rttMs).to.be.within(0, 1_000)
  })
})

function announcerOf (registries: ProviderRegistry[], heartbeatMs?: number): Announcer {
  const holdings = { held: () => [held], events: new EventTarget() }
  return new Announcer({ holdings, registries, log }, { heartbeatMs })
}

async function until (condition: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(8_000)
  while (!await condition()) {
    deadline.throwIfAborted()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
