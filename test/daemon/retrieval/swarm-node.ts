/**
 * A node with everything that retrieval stands on, real but for its disk: libp2p over tcp, segment
 * exchange, brokers. Whom it may find is told by the test.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import Fastify from 'fastify'
import {
  createRetrieval, Holdings, HttpBroker, PeerBroker, type Retrieval, Sessions, type SessionsInit
} from '../../../daemon/retrieval/index.ts'
import type { HttpSource, Provider } from '../../../daemon/discovery/index.ts'
import { PenaltyBook, type Routes } from '../../../daemon/routing/index.ts'
import { openStore, type Store } from '../../../daemon/store/index.ts'
import { parseCid } from '../../../protocols/cid.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import {
  type Exchange, exchange, type Inventory, type PassingBlock, type Role
} from '../../../protocols/exchange/index.ts'
import { createHost, type Host } from '../../../protocols/host.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import type { SampleTitle } from '../../protocols/content/titles.ts'
import { MemoryTitles, Tally } from './fakes.ts'

export interface SwarmNode {
  host: Host
  store: Store
  holdings: Holdings
  exchange: Exchange
  penalties: PenaltyBook
  tally: Tally
  retrieval: Retrieval
  peers: PeerBroker
  sessions: Sessions
  /** What passed through that it was asked to keep. */
  offered: PassingBlock[]
  /** Peers it may find; more can be added. */
  known: Provider[]
  asProvider: () => Provider
  stop: () => Promise<void>
}

export interface SwarmNodeInit {
  role?: Role
  knows?: SwarmNode[]
  http?: Array<{ url: string, role?: HttpSource['role'] }>
  uploadBytesPerSecond?: number
  /** Stands between the store and those who ask us. */
  serve?: (get: Inventory['get']) => Inventory['get']
  session?: SessionsInit
  routes?: Pick<Routes, 'estimate' | 'routeTo'>
  /** As a relay: alters what it passes on, once it has checked it. */
  isFlipping?: boolean
}

export async function swarmNode (
  {
    role = 'peer', knows = [], http = [], uploadBytesPerSecond = 0, serve, session = {}, routes,
    isFlipping = false
  }: SwarmNodeInit = {}
): Promise<SwarmNode> {
  const logger = defaultLogger()
  const log = logger.forComponent('test')
  const host = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    network: 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    dht: 'off',
    isPrivate: true
  })
  const store = await openStore({ backend: 'memory', quotaBytes: 1e9 })
  const holdings = new Holdings({ store, titles: new MemoryTitles(), sha256, log })
  holdings.start()
  const get: Inventory['get'] = (cid, options) => holdings.get(cid, options)
  const inventory: Inventory = {
    get: serve?.(get) ?? get,
    holdings: content => holdings.holdings(content),
    pending: content => holdings.pending(content),
    events: holdings.events
  }
  const offered: PassingBlock[] = []
  const blocks = exchange({ network: 'test', role, region: 'here', haveDelayMs: 5 })({
    host,
    inventory,
    limits: { uploadBytesPerSecond, parallelTransfers: 32 },
    relay: {
      limits: {
        isEnabled: true, perPeerBytesPerSecond: 0, parallelPerPeer: 32, memoryBytes: 32e6
      },
      sha256: isFlipping ? flipping : sha256,
      keep: block => { offered.push(block) }
    },
    logger
  })
  await blocks.start()
  const common = { clock: Date.now, timer: systemTimer, random: Math.random, sha256, log }
  const penalties = new PenaltyBook(common)
  const known = knows.map(({ asProvider }) => asProvider())
  const peers = new PeerBroker({
    ...common,
    peerId: host.peerId,
    exchange: blocks,
    penalties,
    ...(routes != null && { routes }),
    providers: { async * find () { yield * known } }
  })
  peers.start()
  const servers = http.map(({ url, role = 'edge' }) => (
    { url, role, region: 'here', peer: host.peerId }
  ))
  const client = { version: '1', peer: host.peerId.toString() }
  const sources = {
    list: () => servers, isSettled: () => true, use: () => {}, ready: async () => {}
  }
  const brokers = servers.length === 0
    ? [peers]
    : [peers, new HttpBroker({ ...common, sources, fetch, penalties }, { client })]
  const tally = new Tally()
  const retrieval = createRetrieval()({
    ...common, logger, store, brokers, holdings, penalties, metrics: tally
  })
  const sessions = new Sessions({ ...common, logger, retrieval, store, crowd: peers }, session)
  return {
    host,
    store,
    holdings,
    exchange: blocks,
    penalties,
    tally,
    retrieval,
    peers,
    sessions,
    offered,
    known,
    asProvider: () => (
      { peer: host.peerId, addresses: host.getMultiaddrs(), via: 'tracker', role }
    ),
    stop: async () => {
      sessions.stop()
      await retrieval.stop()
      await peers.stop()
      await blocks.stop()
      await host.stop()
      await holdings.stop()
      await store.stop()
    }
  }
}

function flipping (bytes: Uint8Array): Uint8Array {
  const digest = sha256(bytes) as Uint8Array
  bytes[bytes.byteLength >> 1]! ^= 1
  return digest
}

/** Puts the whole title, or those of its blocks that pass, into the node's store. */
export async function seed (
  { store, holdings }: SwarmNode,
  title: SampleTitle,
  isWanted: (index: number) => boolean = () => true
): Promise<void> {
  const always = new Set(title.blocks.map(({ cid }) => cid.toString()))
  for (const [index, [key, bytes]] of [...title.held].entries()) {
    if (always.has(key) || isWanted(index)) {
      await store.put(parseCid(key), bytes)
    }
  }
  await holdings.adopt(title.id)
}

export interface SampleEdge {
  url: string
  asked: string[]
  stop: () => Promise<unknown>
}

/** An HTTP server with the title's blocks. */
export async function sampleEdge (title: SampleTitle, delayMs = 0): Promise<SampleEdge> {
  const app = Fastify({ forceCloseConnections: true })
  const asked: string[] = []
  app.get('/blocks/:cid', async (request, reply) => {
    const { cid } = request.params as { cid: string }
    asked.push(cid)
    await new Promise(resolve => { setTimeout(resolve, delayMs) })
    const bytes = title.held.get(cid)
    return bytes == null ? await reply.code(404).send() : await reply.send(Buffer.from(bytes))
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, asked, stop: () => app.close() }
}
