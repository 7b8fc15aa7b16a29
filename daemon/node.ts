/**
 * One node, whatever its role: the only file that sees every part.
 * in: settings, and a publisher where the node is an origin. out: a node to start and stop.
 */

import { join } from 'node:path'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { ComponentLogger, Logger, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { systemTimer } from '../protocols/clock.ts'
import { ContentNotFoundError } from '../protocols/errors.ts'
import { exchange as createExchange } from '../protocols/exchange/index.ts'
import type { Exchange, Inventory, Neighbour, Role } from '../protocols/exchange/index.ts'
import { createHost, type Host } from '../protocols/host.ts'
import { loadOrCreateKey } from '../protocols/identity.ts'
import { sha256 } from '../protocols/sha256.ts'
import { httpTransport, libp2pTransport, TrackerClient } from '../protocols/tracker/index.ts'
import { VERSION } from '../protocols/version.ts'
import { Announcer } from './announcer.ts'
import { BootstrapDialer } from './bootstrap-dialer.ts'
import type { Config } from './config.ts'
import {
  DhtRegistry, DhtSource, InventorySource, mergeSources, TrackedHttpSources, TrackerRegistry, TrackerSource
} from './discovery/index.ts'
import type { ProviderRegistry, ProviderSource } from './discovery/index.ts'
import { control, gateway, publicUrl } from './http/index.ts'
import type { GatewayComponents, HttpListener } from './http/index.ts'
import { Keeper } from './keeper.ts'
import { KnownTitles } from './known-titles.ts'
import { Lifetime, type Part } from './lifetime.ts'
import { Metrics } from './metrics.ts'
import { NodeActions } from './node-actions.ts'
import { OwnRecord } from './own-record.ts'
import { adopting, type Publisher } from './publisher.ts'
import { dhtMode, isPrivateNetwork } from './reach.ts'
import { RemoteCatalog } from './remote-catalog.ts'
import { createRetrieval, Holdings, HttpBroker, PeerBroker, restrictTo, Sessions } from './retrieval/index.ts'
import type { BlockBroker, Retrieval } from './retrieval/index.ts'
import { PenaltyBook } from './routing/index.ts'
import { openStore, type Store } from './store/index.ts'
import { FileTitleList } from './title-list.ts'
import { Traffic } from './traffic.ts'

export interface NodeComponents {
  config: Config
  logger: ComponentLogger
  /** Called when a user asks over the control API that the node stop. */
  onShutdown: () => void
  /** Makes the publisher of an origin; started and stopped with the node. */
  publisher?: (parts: { store: Store, logger: ComponentLogger }) => Promise<Publisher> | Publisher
  /** What a bootstrap adds: a protocol of its own, and other HTTP in the gateway's place. */
  services?: (host: Host) => NodeServices
  /** What the node serves to neighbours; its store's blocks unless another is given. For tests and testnets. */
  inventory?: (own: Inventory) => Inventory
}

export interface NodeServices {
  part: Part
  gateway: (components: GatewayComponents) => HttpListener
}

/** A node whose parts start in order and stop in the other. */
export interface Node {
  readonly host: Host
  readonly gateway: HttpListener
  readonly control: HttpListener
  /** Absent on a node that publishes nothing. */
  publish?: Publisher['publish']
  /** All of it, or nothing: what was started is stopped again when a part fails. */
  start (options?: { signal?: AbortSignal }): Promise<void>
  /** Says farewell to trackers while it can; ends in bounded time. */
  stop (): Promise<void>
}

/**
 * A node that is not started. Opens the store, so that a second process on the folder fails at once.
 *
 * @throws StoreLockedError KeyFileError
 * @example
 * const node = await createNode({ config, logger, onShutdown: () => process.exit() })
 * await node.start()
 */
export async function createNode (components: NodeComponents): Promise<Node> {
  const { config, logger } = components
  const privateKey = await loadOrCreateKey(join(config.data, 'node.key'))
  const { quotaBytes, ttlMs, keepFree, backend } = config.store
  const store = await openStore({
    path: join(config.data, 'store'), quotaBytes, keepFreeShare: keepFree, backend, logger, ...(ttlMs > 0 && { ttlMs })
  })
  try {
    const host = await createHost({
      privateKey,
      network: config.network,
      listen: config.listen,
      announce: config.announceAddresses,
      dht: dhtMode(config),
      isPrivate: isPrivateNetwork(config),
      logger,
      start: false
    })
    const publisher = await components.publisher?.({ store, logger })
    const services = components.services?.(host)
    return assemble({ ...components, privateKey, store, host, publisher, services })
  } catch (err) {
    await store.stop()
    throw err
  }
}

/** What every part may need, made before any of them. */
interface Base extends Omit<NodeComponents, 'publisher' | 'services'> {
  privateKey: PrivateKey
  store: Store
  host: Host
  publisher?: Publisher
  services?: NodeServices
}

function assemble (given: Base): Node {
  const { config, store, host } = given
  const metrics = new Metrics(config.role)
  const traffic = new Traffic(metrics)
  const penalties = new PenaltyBook({ clock: Date.now })
  const holdings = new Holdings({
    store, titles: new FileTitleList(join(config.data, 'titles.json'), logFor(given, 'titles')), sha256, log: logFor(given, 'holdings')
  })
  const publisher = given.publisher && adopting(given.publisher, holdings)
  const base = { ...given, ...(publisher != null && { publisher }) }
  const meeting = meetingParts(base, () => listeners.gateway.url())
  const swarm = swarmParts(base, meeting, config.role === 'edge'
    ? pullingThrough(holdings, cid => delivery.retrieval.block({ cid }))
    : holdings)
  traffic.follow(swarm.exchange)
  const delivery = deliveryParts(base, { ...meeting, ...swarm, holdings, penalties, traffic })
  const announcer = new Announcer({
    holdings,
    registries: registriesOf(base, meeting.trackers),
    log: logFor(base, 'announcer'),
    ...(publisher != null && { segmentsOf: content => publisher.segmentsOf(content) })
  })
  const listeners = listenerParts(base, { ...meeting, ...swarm, ...delivery, announcer, holdings, penalties, traffic })
  metrics.observe(() => listeners.node.observed())
  const { exchange } = swarm
  const { peers, retrieval, sessions, keeper } = delivery
  const lifetime = new Lifetime({ logger: base.logger })
    .add('store', { stop: () => store.stop() })
    .add('holdings', holdings)
    .add('retrieval', retrieval)
    .add('sessions', { stop: () => { sessions.stop() } })
    .add('keeper', keeper)
    .add('publisher', publisher ?? {})
    .add('gateway', listeners.gateway)
    .add('libp2p', { start: () => host.start(), stop: () => host.stop() })
    .add('services', base.services?.part ?? {})
    .add('record', meeting.record)
    .add('exchange', exchange)
    .add('peers', peers)
    .add('sources', meeting.sources)
    // A node is ready before its bootstraps answer: it may have all it needs.
    .add('bootstrap', { start: () => { void meeting.dialer.start() }, stop: () => meeting.dialer.stop() })
    .add('announcer', announcer)
    .add('control', listeners.control)
  return {
    host,
    gateway: listeners.gateway,
    control: listeners.control,
    ...(publisher != null && { publish: (request, options) => publisher.publish(request, options) }),
    start: options => lifetime.start(options),
    stop: () => lifetime.stop()
  }
}

/** How the node says who it is, and meets others. */
function meetingParts (base: Base, gatewayUrl: () => string): Meeting {
  const { config, host, privateKey } = base
  const { network, region, role } = config
  const dialer = new BootstrapDialer({ host, random: Math.random, log: logFor(base, 'bootstrap') }, config.bootstrap)
  const record: OwnRecord = new OwnRecord({
    privateKey,
    host,
    servers: () => sources.list(),
    publicUrl: () => role === 'edge' || role === 'origin' ? publicUrl(config, Number(new URL(gatewayUrl()).port)) : undefined
  }, config)
  const rules = { network, region, ...(config.operatorKey != null && { operatorKey: publicKeyFromRaw(config.operatorKey) }) }
  const transports = [
    ...[...dialer.targets.values()].map(addresses => libp2pTransport(host, addresses)),
    ...config.tracker.urls.map(url => httpTransport(url))
  ]
  const trackers = config.tracker.enabled
    ? transports.map(ask => new TrackerClient({ ask, signer: record.signer }, rules))
    : []
  const sources = new TrackedHttpSources({ trackers, peerId: host.peerId, log: logFor(base, 'sources') }, rules)
  return { dialer, record, trackers, sources }
}

interface Meeting { dialer: BootstrapDialer, record: OwnRecord, trackers: TrackerClient[], sources: TrackedHttpSources }

/** The neighbours, and where to find more of them. */
function swarmParts (base: Base, { record, trackers, sources }: Meeting, own: Inventory): Swarm {
  const { config: { network, role, region, upload }, host, logger } = base
  const exchange = createExchange({ network, role, region, record: () => record.envelope })({
    host,
    inventory: base.inventory?.(own) ?? own,
    limits: { uploadBytesPerSecond: upload.bytesPerSecond, parallelTransfers: upload.parallel },
    logger
  })
  // An edge or origin met over libp2p tells its HTTP in HELLO: enough where there is no tracker.
  exchange.events.addEventListener('open', event => {
    const { peer, hello } = (event as CustomEvent<Neighbour>).detail
    if (hello.record == null) return
    sources.add(hello.record).catch((err: Error) => { logFor(base, 'sources')('refused the record of %p - %s', peer, err.message) })
  })
  const { peerId, contentRouting, services: { dht } } = host
  const providers = mergeSources([
    new InventorySource({ exchange }),
    new TrackerSource({ trackers, peerId, log: logFor(base, 'tracker') }),
    ...(dht == null ? [] : [new DhtSource({ contentRouting, peerId, log: logFor(base, 'dht') })])
  ])
  return { exchange, providers }
}

interface Swarm { exchange: Exchange, providers: Pick<ProviderSource, 'find'> }

function registriesOf (base: Base, trackers: TrackerClient[]): ProviderRegistry[] {
  const { contentRouting, services: { dht } } = base.host
  return [
    ...trackers.map(tracker => new TrackerRegistry(tracker)),
    ...(dht == null ? [] : [new DhtRegistry({ contentRouting, log: logFor(base, 'dht') })])
  ]
}

type DeliveryComponents = Meeting & Swarm & { holdings: Holdings, penalties: PenaltyBook, traffic: Traffic }

/** How blocks get here. An origin has them all; an edge asks origins only; a peer asks everyone. */
function deliveryParts (base: Base, parts: DeliveryComponents): Delivery {
  const { config, store, host, logger } = base
  const { exchange, providers, penalties, holdings, sources, traffic } = parts
  const ambient = { clock: Date.now, timer: systemTimer, random: Math.random }
  const peers = new PeerBroker({
    exchange, peerId: host.peerId, providers, penalties, log: logFor(base, 'swarm'), ...ambient
  }, { maxHolders: config.retrieval.maxPeers })
  const http = new HttpBroker({ sources, fetch: globalThis.fetch, penalties, clock: Date.now }, { clientVersion: VERSION })
  const brokers: Record<Role, BlockBroker[]> = {
    peer: [peers, http],
    edge: [restrictTo('origin', peers), restrictTo('origin', http)],
    origin: [],
    bootstrap: []
  }
  const retrieval = createRetrieval({ timeoutMs: config.retrieval.timeoutMs })({
    store, brokers: brokers[config.role], holdings, penalties, sha256, logger, metrics: traffic, ...ambient
  })
  const sessions = new Sessions({ retrieval, store, clock: Date.now, logger }, { aheadMs: config.retrieval.readAheadMs })
  const keeper = new Keeper({ retrieval, store, log: logFor(base, 'keeper') })
  return { peers, retrieval, sessions, keeper }
}

interface Delivery { peers: PeerBroker, retrieval: Retrieval, sessions: Sessions, keeper: Keeper }

type ListenerComponents = DeliveryComponents & Delivery & { announcer: Announcer }

function listenerParts (base: Base, parts: ListenerComponents): Listeners {
  const { config, store, logger, publisher, onShutdown } = base
  const { retrieval, sessions, holdings, sources, trackers, traffic } = parts
  const remote = config.role === 'origin'
    ? undefined
    : new RemoteCatalog({ sources, fetch: globalThis.fetch, clock: Date.now, log: logFor(base, 'catalog') })
  const titles = new KnownTitles({
    holdings,
    retrieval,
    ...(publisher != null && { catalog: publisher }),
    ...(remote != null && { remote }),
    lookUp: async (cid, options) => await firstTitle(trackers, cid, options)
  })
  const node: NodeActions = new NodeActions({
    ...base, ...parts, titles, listeners: { gateway: () => listeners.gateway, control: () => listeners.control }, stop: onShutdown
  })
  // A listener's requests move its window; edge and origin do not guess what comes next.
  const played: GatewayComponents['retrieval'] = config.role !== 'peer' ? retrieval : {
    manifest: (content, options) => retrieval.manifest(content, options),
    segment: (content, rendition, number, options) => sessions.request(content, rendition, number, options),
    init: (content, rendition, options) => retrieval.init(content, rendition, options),
    block: (want, options) => retrieval.block(want, options)
  }
  const common = { retrieval: played, store, titles, node, metrics: traffic, logger }
  const listeners: Listeners = {
    node,
    gateway: (base.services?.gateway ?? gateway(config.gateway))(common),
    control: control({ ...config.control, data: config.data, role: config.role, gatewayUrl: () => listeners.gateway.url() })({
      ...common, actions: node, sha256
    })
  }
  return listeners
}

interface Listeners { gateway: HttpListener, control: HttpListener, node: NodeActions }

/** What an edge serves to neighbours: what it holds, and what it can get. */
function pullingThrough (holdings: Inventory, fetch: (cid: CID) => Promise<{ bytes: Uint8Array }>): Inventory {
  return {
    events: holdings.events,
    holdings: content => holdings.holdings(content),
    get: async (cid, options) => await holdings.get(cid, options) ??
      // "Nobody has it" is MISSING to the neighbour, whatever the reason.
      await fetch(cid).then(({ bytes }) => bytes, () => undefined)
  }
}

async function firstTitle (trackers: TrackerClient[], cid: CID, options: { signal?: AbortSignal }): Promise<CID | undefined> {
  const answers = trackers.map(async tracker => {
    const content = await tracker.resolve(cid, options)
    if (content == null) throw new ContentNotFoundError(`the tracker knows no title of ${cid}`)
    return content
  })
  // Only when every tracker has failed or knows nothing is the answer "unknown".
  return await Promise.any(answers).catch(() => undefined)
}

function logFor ({ logger }: Pick<Base, 'logger'>, name: string): Logger {
  return logger.forComponent(`cdnd:${name}`)
}
