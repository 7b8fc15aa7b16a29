/**
 * How blocks get to a node, and from it to neighbours.
 * in: the node's base, whom it meets. out: exchange, providers, brokers, retrieval, sessions and
 * the keeper.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { systemTimer } from '../protocols/clock.ts'
import { lookAround } from '../protocols/dht.ts'
import { exchange as createExchange, Ledger } from '../protocols/exchange/index.ts'
import type {
  Exchange, Inventory, Neighbour, RelayParts, Role
} from '../protocols/exchange/index.ts'
import { allocate, giveBack } from '../protocols/spent-memory.ts'
import { sha256 } from '../protocols/sha256.ts'
import { VERSION } from '../protocols/version.ts'
import type { Config } from './config.ts'
import {
  dhtSilence, DhtSource, InventorySource, mergeSources, type ProviderSource, TrackerSource,
  withFallback
} from './discovery/index.ts'
import { isFirstRequest } from './first-request.ts'
import { Keeper, type KeeperComponents } from './keeper.ts'
import type { Meeting } from './meeting.ts'
import type { NodeBase } from './node.ts'
import { PathKeeper } from './path-keeper.ts'
import { relayParts } from './relaying.ts'
import {
  type BlockBroker, createRetrieval, HttpBroker, Neighbourhood, NotFoundMemory, PeerBroker,
  restrictTo, type Retrieval, Sessions
} from './retrieval/index.ts'
import { PeerScores, PenaltyBook } from './routing/index.ts'
import type { Routing } from './routing-parts.ts'
import { UploadLimits } from './upload-limits.ts'

/** What is known of those we serve, and what they may have. */
export interface Serving {
  ledger: Ledger
  scores: PeerScores
  limits: UploadLimits
}

export interface Delivery {
  exchange: Exchange
  serving: Serving
  providers: Pick<ProviderSource, 'find'>
  penalties: PenaltyBook
  peers: PeerBroker
  neighbourhood: Neighbourhood
  retrieval: Retrieval
  sessions: Sessions
  keeper: Keeper
  pathKeeper: PathKeeper
}

/**
 * For what an edge gets for a neighbour: each holds one of its transfers. Higher: slow origins
 * still serve; lower: neighbours who ask for nonsense block less.
 */
const PULL_TIMEOUT_MS = 4_000

const ambient = { clock: Date.now, timer: systemTimer, random: Math.random }

export function deliveryParts (
  base: NodeBase, meeting: Meeting, routing: Pick<Routing, 'routes' | 'coordinate'>
): Delivery {
  const { config, store, host, holdings, traffic, logger, log } = base
  const penalties = new PenaltyBook({ clock: Date.now })
  const serving = servingOf(config)
  const relay = relayParts(config, block => { pathKeeper.keep(block) })
  const told = { ...meeting, ...serving, ...routing, relay }
  const exchange = exchangeOf(base, told, config.role === 'edge'
    ? pullingThrough(holdings, (cid, options) =>
      retrieval.block({ cid }, { ...options, timeoutMs: PULL_TIMEOUT_MS }))
    : holdings)
  traffic.follow(exchange)
  const providers = providersOf(base, { ...meeting, ...routing, exchange })
  const {
    timeoutMs, notFoundMs, playbackSpeed, maxPeers, neighbours, policy, weights, readAheadMs, share
  } = config.retrieval
  const peers = new PeerBroker({
    exchange,
    peerId: host.peerId,
    region: config.region,
    providers,
    penalties,
    scores: serving.scores,
    routes: routing.routes,
    log: log('swarm'),
    ...ambient
  }, { maxHolders: maxPeers, ignoresRtt: weights.rtt === 0 })
  const { dht } = host.services
  const neighbourhood = new Neighbourhood({
    host,
    exchange,
    penalties,
    ...(weights.rtt > 0 && { routes: routing.routes }),
    ...(dht != null && { lookAround: async options => { await lookAround(dht, options) } }),
    log: log('neighbourhood'),
    ...ambient
  }, { neighbours })
  base.admission?.follow({
    exchange, peers, holdings, store, addressesOf: neighbour => meeting.addresses.of(neighbour)
  })
  const http = new HttpBroker({
    sources: meeting.sources, fetch: meeting.fetch, penalties, clock: Date.now
  }, config.role === 'edge' ? {} : { client: { version: VERSION, peer: host.peerId.toString() } })
  const brokers = brokersOf(config.role, peers, http)
  const retrieval: Retrieval = createRetrieval({ timeoutMs, policy, playbackSpeed })({
    store,
    brokers,
    holdings,
    notFound: new NotFoundMemory({ clock: Date.now, brokers }, { forMs: notFoundMs }),
    penalties,
    sha256,
    logger,
    metrics: traffic,
    ...ambient
  })
  const { playback } = base
  const sessions = new Sessions({ retrieval, store, crowd: peers, logger, playback, ...ambient }, {
    aheadMs: readAheadMs, playbackSpeed, ...(!share && { share: false })
  })
  const keeper = new Keeper({
    retrieval,
    store,
    isFirst: firstRequests(providers, meeting, exchange),
    timer: systemTimer,
    log: log('keeper')
  })
  const pathKeeper = new PathKeeper({
    store, holdings, retrieval, sha256, clock: Date.now, log: log('keeper')
  })
  return {
    exchange, serving, providers, penalties, peers, neighbourhood, retrieval, sessions, keeper,
    pathKeeper
  }
}

/** An origin has all blocks; an edge asks origins only; a peer asks everyone. */
function brokersOf (role: Role, peers: BlockBroker, http: BlockBroker): BlockBroker[] {
  const brokers: Record<Role, BlockBroker[]> = {
    peer: [peers, http],
    edge: [restrictTo('origin', peers), restrictTo('origin', http)],
    origin: [],
    bootstrap: []
  }
  return brokers[role]
}

function servingOf ({ upload, retrieval: { weights } }: Config): Serving {
  const ledger = new Ledger({ clock: Date.now })
  const scores = new PeerScores({ ledger }, { weights })
  return { ledger, scores, limits: new UploadLimits(upload) }
}

/** The neighbours; an edge or origin among them tells its HTTP in HELLO, also without a tracker. */
function exchangeOf (
  base: NodeBase,
  { record, sources, addresses, ledger, limits, relay, coordinate }:
    Meeting & Serving & Pick<Routing, 'coordinate'> & { relay: RelayParts },
  own: Inventory
): Exchange {
  const { config: { network, role, region }, host, logger, log } = base
  const exchange = createExchange({
    network, role, region, coordinate, record: () => record.envelope
  })({
    host,
    memory: { allocate, giveBack },
    inventory: base.inventory?.(own) ?? own,
    limits: base.servingLimits?.(limits) ?? limits,
    ledger,
    relay,
    addressesOf: neighbour => addresses.of(neighbour),
    logger,
    ...(base.admission != null && { admission: base.admission })
  })
  exchange.events.addEventListener('open', event => {
    const neighbour = (event as CustomEvent<Neighbour>).detail
    const { peer, hello } = neighbour
    void addresses.add(neighbour)
    if (hello.record == null) return
    sources.add(hello.record).catch((err: Error) => {
      log('sources')('refused the record of %p: %s', peer, err.message)
    })
  })
  return exchange
}

/** All who can say who has a title, as one; the DHT behind trackers, where there are any. */
function providersOf (
  { config, host, holdings, log }: NodeBase,
  { trackers, sources, routes, exchange }:
    Meeting & Pick<Routing, 'routes'> & Pick<Delivery, 'exchange'>
): Pick<ProviderSource, 'find'> {
  const { peerId, contentRouting, services } = host
  const inventory = new InventorySource({ exchange })
  const tracker = new TrackerSource({
    trackers,
    peerId,
    onRecord: ({ peer, coordinate }) => { if (coordinate != null) routes.learn(peer, coordinate) },
    log: log('tracker')
  })
  if (services.dht == null) return mergeSources([inventory, tracker])
  const components = { contentRouting, peerId, log: log('dht') }
  if (trackers.length === 0) return mergeSources([inventory, new DhtSource(components)])
  const dht = new DhtSource(components, { silenceMs: dhtSilence(exchange) })
  return withFallback({
    first: mergeSources([inventory, tracker]),
    fallback: dht,
    isServed: content => sources.isAnswering() && holdings.holdings(content).length > 0,
    // An edge asks origins only, and those that answer say what they have.
    isOfUse: () => config.role !== 'edge' || !sources.isAnswering('origin'),
    clock: Date.now,
    timer: systemTimer
  })
}

function firstRequests (
  providers: Delivery['providers'], { sources }: Meeting, exchange: Exchange
): KeeperComponents['isFirst'] {
  const isServer = (peer: PeerId): boolean =>
    exchange.neighbour(peer)?.hello.role === 'edge' ||
    exchange.neighbour(peer)?.hello.role === 'origin' ||
    sources.list().some(source => source.peer.equals(peer))
  return (content, options) => isFirstRequest(content, { providers, isServer }, options)
}

/** What an edge serves to neighbours: what it holds, and what it can get. */
function pullingThrough (
  holdings: Inventory,
  fetch: (cid: CID, options?: { signal?: AbortSignal }) => Promise<{ bytes: Uint8Array }>
): Inventory {
  return {
    events: holdings.events,
    holdings: content => holdings.holdings(content),
    pending: content => holdings.pending?.(content) ?? [],
    get: async (cid, options) => await holdings.get(cid, options) ??
      // "Nobody has it" is MISSING to the neighbour, whatever the reason.
      await fetch(cid, options).then(({ bytes }) => bytes, () => undefined)
  }
}
