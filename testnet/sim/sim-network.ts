/**
 * A network in virtual time: a tracker, an origin, edges and peers, that know their neighbours.
 * in: how many of what, a seed, titles. out: nodes to play from.
 */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import {
  createRetrieval, Holdings, HttpBroker, NotFoundMemory, restrictTo
} from '../../daemon/retrieval/index.ts'
import { DEFAULT_PLAYBACK_SPEED } from '../../daemon/retrieval/urgency.ts'
import { nearOrFar } from '../../daemon/retrieval/near-and-far.ts'
import { NOWHERE, nextCoordinate, PenaltyBook } from '../../daemon/routing/index.ts'
import { QuotaStore } from '../../daemon/store/index.ts'
import { MemoryTables } from '../../daemon/store/memory-tables.ts'
import type { Random } from '../../protocols/clock.ts'
import { REGIONS, type Region } from '../regions.ts'
import { seededRandom } from '../seeded-random.ts'
import type { TracedTitle } from '../workload/trace.ts'
import { Port } from './flows.ts'
import { Library } from './library.ts'
import { Cores, type Processor } from './processor.ts'
import { SharedBlockstore } from './shared-blockstore.ts'
import { silent } from './silent-log.ts'
import { nothingFetched, SimPeer, sourcesOf, type World } from './sim-peer.ts'
import { type Serve, SimHttp, SimServer } from './sim-server.ts'
import { SimTracker } from './sim-tracker.ts'
import type { VirtualTime } from './virtual-time.ts'
import { Wire } from './wire.ts'

export interface SimNetworkInit {
  seed: number
  peers: number
  edges: number
  degree: number
  /** Of the players: playback seconds per second. */
  speed: number
  /** Those of regions.ts; all in one, `rttMs` from each other, where it is given. */
  rttMs?: number
  /**
   * What a node takes to answer, beside the round trip and the bytes; {@link SERVE_MS}, nothing
   * where it has to work for it.
   */
  serveMs?: number
  /** Processors: so many peers share a program, all programs so many cores. Absent: no limit. */
  processors?: { pack: number, cores: number }
  quotaBytes: number
  peerUpload: number
  peerDownload: number
  /** Both ways. */
  serverBytesPerSecond: number
}

const SERVE_MS = 5
/** From one node's seconds of rest to the next one's. */
const REST_STEP_MS = 37

/** Nodes that a new one has heard of, when it chooses neighbours. */
const KNOWN = 32
/** RTTs to each neighbour until the day begins. */
const PINGS = 12
const EDGE_QUOTA_BYTES = 10_000_000_000

export class SimNetwork implements World {
  readonly wire: Wire
  readonly library = new Library()
  readonly tracker: SimTracker
  readonly origin: SimServer
  readonly edges: SimServer[] = []
  readonly servers = new Map<string, SimServer>()
  readonly peers = new Map<string, SimPeer>()
  readonly totals = nothingFetched()
  readonly #init: SimNetworkInit
  readonly #random: Random
  readonly #cores: Cores | undefined
  /** One of each pack. */
  readonly #loops: Processor[] = []

  constructor (time: VirtualTime, init: SimNetworkInit) {
    this.#init = init
    this.#random = seededRandom(init.seed)
    const { processors } = init
    this.wire = new Wire(time, { serveMs: processors == null ? SERVE_MS : 0, ...init })
    this.#cores = processors && new Cores(time, processors.cores)
    const { wire } = this
    this.tracker = new SimTracker({
      wire, random: this.#random, processor: this.#cores?.loop()
    }, { region: REGIONS[0] })
    this.origin = this.#server('origin', 'origin', REGIONS[0], async cid =>
      this.library.block(cid)?.bytes)
    for (let i = 0; i < init.edges; i++) this.edges.push(this.#edge(`edge-${i + 1}`, regionOf(i)))
    for (const server of [...this.edges, this.origin]) {
      this.servers.set(`${server.name}.test`, server)
    }
  }

  /** The regions in use. */
  get regions (): Region[] {
    return this.#init.rttMs == null ? [...REGIONS] : [REGIONS[0]]
  }

  /** Publishes, and has all peers up and met. */
  async start (titles: readonly TracedTitle[]): Promise<void> {
    await this.library.publish(titles)
    for (let i = 0; i < this.#init.peers; i++) this.#addPeer(i)
    const peers = [...this.peers.values()]
    for (const peer of peers) this.#meetSome(peer, peers)
    for (let i = 0; i < PINGS; i++) peers.forEach(peer => { this.#place(peer) })
    peers.forEach(peer => { this.tracker.register(peer) })
  }

  async stop (): Promise<void> {
    for (const peer of this.peers.values()) await peer.stop()
  }

  #addPeer (i: number): void {
    const { seed, quotaBytes, peerUpload, peerDownload, rttMs, speed, degree } = this.#init
    const peer = new SimPeer(this, {
      name: `peer-${i + 1}`,
      peerId: peerIdOf(this.#random),
      region: rttMs == null ? regionOf(i) : REGIONS[0],
      port: new Port({
        uploadBytesPerSecond: peerUpload, downloadBytesPerSecond: peerDownload
      }),
      quotaBytes,
      degree,
      processor: this.#loopOf(i),
      playbackSpeed: Math.max(speed, DEFAULT_PLAYBACK_SPEED),
      random: seededRandom(seed + i + 1)
    })
    this.peers.set(peer.peer.toString(), peer)
    peer.start()
    if (peer.processor != null) peer.rest(i * REST_STEP_MS % 1000)
  }

  /** Of a peer. */
  #loopOf (i: number): Processor | undefined {
    const { processors } = this.#init
    if (processors == null || this.#cores == null) return undefined
    const pack = Math.floor(i / processors.pack)
    this.#loops[pack] ??= this.#cores.loop()
    return this.#loops[pack]
  }

  /** As neighbourhood.ts does, of those it has heard of. */
  #meetSome (peer: SimPeer, peers: readonly SimPeer[]): void {
    const random = this.#random
    const known = new Set<SimPeer>()
    for (let i = 0; i < KNOWN; i++) known.add(peers[Math.floor(random() * peers.length)]!)
    known.delete(peer)
    const candidates = [...known].map(other => ({ other, rttMs: this.wire.rttMs(peer, other) }))
    let met = [...peer.exchange.neighbours()].length
    while (met < this.#init.degree) {
      const next = nearOrFar(candidates, met, random)
      if (next == null) return
      candidates.splice(candidates.indexOf(next), 1)
      if (peer.exchange.neighbour(next.other.peer) == null) {
        peer.exchange.meet(next.other.exchange)
        met++
      }
    }
  }

  #place (peer: SimPeer): void {
    for (const { node, rttMs } of peer.exchange.neighbours()) {
      const there = this.peers.get(node.peerId.toString())?.coordinate ?? NOWHERE
      peer.coordinate = nextCoordinate(peer.coordinate ?? NOWHERE, there, rttMs, this.#random)
    }
  }

  #server (name: string, role: SimServer['role'], region: Region, serve: Serve): SimServer {
    return new SimServer({
      name,
      role,
      region,
      peerId: peerIdOf(this.#random),
      bytesPerSecond: this.#init.serverBytesPerSecond,
      processor: this.#cores?.loop()
    }, serve)
  }

  /** It holds what it was asked for, and gets the rest from the origin. */
  #edge (name: string, region: Region): SimServer {
    const { wire, library } = this
    const { clock, timer } = wire
    const server = this.#server(name, 'edge', region, async (cid, content) => {
      const want = { cid, ...(content != null && { content }) }
      return await retrieval.block(want).then(({ bytes }) => bytes, () => undefined)
    })
    const servers = new Map([['origin.test', this.origin]])
    const store = new QuotaStore({
      blocks: new SharedBlockstore(library), tables: new MemoryTables(), clock
    }, { quotaBytes: EDGE_QUOTA_BYTES, policy: 'titles' })
    const penalties = new PenaltyBook({ clock })
    const brokers = [restrictTo('origin', new HttpBroker({
      sources: sourcesOf(server, { servers, wire }),
      fetch: new SimHttp({ wire, library, servers }, server).fetch,
      penalties,
      clock
    }))]
    const { sha256, reading } = library
    const titles = { list: async () => [], add: async () => {}, remove: async () => {} }
    const retrieval = createRetrieval()({
      store,
      brokers,
      penalties,
      sha256,
      reading,
      clock,
      timer,
      holdings: new Holdings({ store, titles, sha256, log: silent.log }),
      notFound: new NotFoundMemory({ clock, brokers }),
      random: this.#random,
      logger: silent.logger
    })
    return server
  }
}

const regionOf = (i: number): Region => REGIONS[i % REGIONS.length]!

/** A name by chance: nobody signs here. */
function peerIdOf (random: Random): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(
    Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256))))
}
