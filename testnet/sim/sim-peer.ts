/**
 * One peer in virtual time: the daemon's own retrieval, cache and scores, on a simulated exchange.
 * in: the world it is in. out: sessions to play from, counts of what it fetched.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { HttpSources } from '../../daemon/discovery/index.ts'
import { IdleConnections, MOST_IDLE } from '../../daemon/idle-connections.ts'
import {
  createRetrieval, Holdings, HttpBroker, NotFoundMemory, PeerBroker, type Retrieval, Sessions
} from '../../daemon/retrieval/index.ts'
import { distanceMs, PeerScores, PenaltyBook } from '../../daemon/routing/index.ts'
import { QuotaStore } from '../../daemon/store/index.ts'
import { MemoryTables } from '../../daemon/store/memory-tables.ts'
import type { Random } from '../../protocols/clock.ts'
import { type Hello, type InventoryChange, Ledger } from '../../protocols/exchange/index.ts'
import type { Coordinate } from '../../protocols/rtt/index.ts'
import type { BytesBySource } from '../run-record.ts'
import { REST_MS } from './costs.ts'
import type { Port } from './flows.ts'
import type { Library } from './library.ts'
import type { Processor } from './processor.ts'
import { silent } from './silent-log.ts'
import { Shelf } from './shelf.ts'
import { SharedBlockstore } from './shared-blockstore.ts'
import { SimExchange } from './sim-exchange.ts'
import type { SimNeighbour } from './sim-neighbour.ts'
import { SimHttp, type SimServer } from './sim-server.ts'
import type { Registered, SimTracker } from './sim-tracker.ts'
import type { NodeOnWire, Wire } from './wire.ts'

/** What all nodes share. */
export interface World {
  wire: Wire
  library: Library
  tracker: SimTracker
  /** By host name. */
  servers: ReadonlyMap<string, SimServer>
  peers: ReadonlyMap<string, SimPeer>
  /** Of all peers together: kept as it is counted, since to add them up each second takes long. */
  totals: Fetched
}

/** What was fetched, and what of that came to nothing. */
export interface Fetched {
  fetched: BytesBySource
  wastedBytes: number
}

export const nothingFetched = (): Fetched =>
  ({ fetched: { local: 0, peer: 0, edge: 0, origin: 0 }, wastedBytes: 0 })

export interface SimPeerInit {
  name: string
  peerId: PeerId
  region: Registered['region']
  port: Port
  quotaBytes: number
  /** Neighbours it keeps near at hand. */
  degree: number
  /** The fastest that it reckons with. */
  playbackSpeed: number
  /** As {@link NodeOnWire}'s. */
  processor?: Processor | undefined
  random: Random
}

/** As the settings' defaults are. */
const MAX_HOLDERS = 16
const POLICY = 'titles'
const FETCH_MS = 10_000
const MIN_ANNOUNCE_MS = 3_000
const SECOND_MS = 1_000

export class SimPeer implements NodeOnWire, Registered {
  readonly name: string
  readonly role = 'peer'
  readonly region: Registered['region']
  readonly peer: PeerId
  readonly peerId: PeerId
  readonly hello: Hello
  readonly port: Port
  readonly processor: Processor | undefined
  readonly shelf: Shelf
  readonly ledger: Ledger
  readonly exchange: SimExchange
  readonly store: QuotaStore
  readonly holdings: Holdings
  readonly retrieval: Retrieval
  readonly sessions: Sessions
  readonly penalties: PenaltyBook
  readonly own = nothingFetched()
  coordinate: Coordinate | undefined
  readonly #world: World
  readonly #library: Library
  readonly #peers: PeerBroker
  readonly #idle: IdleConnections
  #announcedMs = -Infinity

  constructor (world: World, init: SimPeerInit) {
    this.#world = world
    this.#library = world.library
    this.name = init.name
    this.region = init.region
    this.peer = this.peerId = init.peerId
    this.hello = helloOf(init)
    this.port = init.port
    this.processor = init.processor
    const { wire: { clock, timer } } = world
    this.shelf = new Shelf({ clock })
    this.ledger = new Ledger({ clock })
    this.penalties = new PenaltyBook({ clock })
    this.exchange = new SimExchange({
      wire: world.wire, node: this, exchangeOf: peer => world.peers.get(peer)?.exchange
    })
    this.store = new QuotaStore({
      blocks: new SharedBlockstore(world.library), tables: new MemoryTables(), clock
    }, { quotaBytes: init.quotaBytes, policy: POLICY })
    this.holdings = new Holdings({
      store: this.store, titles: NO_LIST, sha256: world.library.sha256, log: silent.log
    })
    this.#peers = this.#brokerOf(init.random)
    this.#idle = this.#idleOf(init)
    this.retrieval = this.#retrievalOf(init)
    const { retrieval, store } = this
    this.sessions = new Sessions({
      retrieval, store, crowd: this.#peers, logger: silent.logger, clock, timer
    }, { playbackSpeed: init.playbackSpeed })
  }

  /** Milliseconds to those whose RTT it measured: its neighbours. */
  get rtts (): Registered['rtts'] {
    return [...this.exchange.neighbours()]
      .map(({ peer, rttMs }) => ({ peer: peer.toString(), rttMs }))
  }

  start (): void {
    this.#peers.start()
    this.#idle.start()
    this.holdings.start()
    this.holdings.events.addEventListener('change', event => {
      const { detail } = event as CustomEvent<InventoryChange>
      this.shelf.note(detail)
      this.exchange.changed(detail.content)
    })
    this.holdings.events.addEventListener('held', event => {
      this.#announce((event as CustomEvent<CID>).detail)
    })
    this.holdings.events.addEventListener('gone', event => {
      this.#world.tracker.withdraw(this.peer.toString(), (event as CustomEvent<CID>).detail)
    })
  }

  /** What a node does while nobody plays, from `afterMs` on. */
  rest (afterMs: number): void {
    this.#world.wire.timer(afterMs, () => {
      this.processor?.work(REST_MS, () => {})
      this.rest(SECOND_MS)
    })
  }

  serve (cid: CID): Uint8Array | undefined {
    if (!this.store.has(cid)) return undefined
    this.store.use(cid)
    return this.#library.block(cid)?.bytes
  }

  hear (neighbour: SimNeighbour, content: CID): void {
    this.exchange.hear(neighbour, content)
  }

  async stop (): Promise<void> {
    this.sessions.stop()
    const parts = [this.#idle, this.#peers, this.retrieval, this.holdings]
    await Promise.all(parts.map(part => part.stop()))
  }

  /** What is new is told at once, what follows at the announcer's pace. */
  #announce (content: CID): void {
    const { tracker, wire } = this.#world
    const nowMs = wire.clock()
    const atMs = Math.max(nowMs + wire.rttMs(this, tracker) / 2,
      this.#announcedMs + MIN_ANNOUNCE_MS)
    this.#announcedMs = Math.max(this.#announcedMs, Math.min(atMs, nowMs + MIN_ANNOUNCE_MS))
    wire.timer(atMs - nowMs, () => {
      if (this.shelf.hasAny(content, Infinity)) tracker.provide(this.peer.toString(), content)
    })
  }

  /** A connection is no more than the exchange stream on it. */
  #idleOf ({ degree, random }: SimPeerInit): IdleConnections {
    const { clock, timer } = this.#world.wire
    const { exchange } = this
    return new IdleConnections({
      host: {
        getPeers: () => Array.from(exchange.neighbours(), ({ peer }) => peer),
        getMultiaddrs: () => [],
        hangUp: async peer => { exchange.part(peer as PeerId) },
        peerStore: { get: async () => { throw new Error('no peer is written down') } }
      },
      exchange,
      bootstraps: new Set(),
      clock,
      timer,
      random,
      log: silent.log
    }, { keep: MOST_IDLE * degree })
  }

  #brokerOf (random: Random): PeerBroker {
    const { wire: { clock, timer }, tracker, peers } = this.#world
    return new PeerBroker({
      exchange: this.exchange,
      peerId: this.peer,
      region: this.region,
      providers: tracker.sourceOf(this),
      penalties: this.penalties,
      scores: new PeerScores({ ledger: this.ledger }),
      routes: {
        // Gossip has told everybody where the others are.
        estimate: peer => {
          const there = peers.get(peer)?.coordinate
          const here = this.coordinate
          if (here == null || there == null) return undefined
          return { rttMs: distanceMs(here, there), basis: 'coordinates' }
        },
        routeTo: () => undefined
      },
      clock,
      timer,
      random,
      log: silent.log
    }, { maxHolders: MAX_HOLDERS })
  }

  #retrievalOf ({ random, playbackSpeed }: SimPeerInit): Retrieval {
    const { wire, library, servers, totals } = this.#world
    const { clock, timer } = wire
    const { penalties, holdings, store } = this
    const http = new HttpBroker({
      sources: sourcesOf(this, this.#world),
      fetch: new SimHttp({ wire, library, servers }, this).fetch,
      penalties,
      clock
    })
    const brokers = [this.#peers, http]
    return createRetrieval({ timeoutMs: FETCH_MS, playbackSpeed })({
      store,
      brokers,
      holdings,
      penalties,
      notFound: new NotFoundMemory({ clock, brokers }),
      sha256: library.sha256,
      reading: library.reading,
      clock,
      timer,
      random,
      logger: silent.logger,
      metrics: {
        delivered: (kind, bytes) => {
          for (const { fetched } of [this.own, totals]) fetched[kind] += bytes
        },
        wasted: (_kind, bytes) => {
          for (const sum of [this.own, totals]) sum.wastedBytes += bytes
        },
        mismatch: () => {},
        fetchSeconds: () => {}
      }
    })
  }
}

function helloOf ({ region }: SimPeerInit): Hello {
  return {
    network: 'sim', role: 'peer', region, uploadBytesPerSecond: 0, maxWants: 256, features: []
  }
}

/** Nothing is kept over restarts. */
const NO_LIST = { list: async () => [], add: async () => {}, remove: async () => {} }

export function sourcesOf (
  site: Pick<SimPeer, 'region'>, { servers, wire }: Pick<World, 'servers' | 'wire'>
): HttpSources {
  const list = [...servers.values()].map(server => server.sourceFor(site, wire))
  return { list: () => list, isSettled: () => true, use: () => {}, ready: async () => {} }
}
