/**
 * One node, whatever its role: the only file that sees every part.
 * in: settings, and a publisher where the node is an origin. out: a node to start and stop.
 */

import { join } from 'node:path'
import type { ComponentLogger, Logger, PrivateKey } from '@libp2p/interface'
import { systemTimer } from '../protocols/clock.ts'
import type { Inventory, ServingLimits } from '../protocols/exchange/index.ts'
import { createHost, type Host, type HostInit } from '../protocols/host.ts'
import { loadOrCreateKey } from '../protocols/identity.ts'
import { sha256 } from '../protocols/sha256.ts'
import { Acquaintances } from './acquaintances.ts'
import { Announcer, type AnnouncerInit } from './announcer.ts'
import { collectByAllMemory } from './collector.ts'
import type { Config } from './config.ts'
import { type Delivery, deliveryParts } from './delivery.ts'
import type { HttpFetch } from './discovery/index.ts'
import type { GatewayComponents, HttpListener, Routes } from './http/index.ts'
import { Lifetime, type Part } from './lifetime.ts'
import { IdleConnections, MOST_IDLE } from './idle-connections.ts'
import { listenFailure } from './listen-failure.ts'
import { listenerParts } from './listeners.ts'
import { type Meeting, meetingParts, registriesOf } from './meeting.ts'
import { Metrics } from './metrics.ts'
import { Plays } from './plays.ts'
import { hearingInterest, holdersAmong, popularityParts, surveyOf } from './popularity.ts'
import type { NodeSwitch } from './node-switch.ts'
import { adopting, type Publisher } from './publisher.ts'
import { dhtMode, isPrivateNetwork, natOf } from './reach.ts'
import { reachParts } from './reach-parts.ts'
import { gossipOf, type Routing, routingParts } from './routing-parts.ts'
import { Holdings, PlaybackCounts } from './retrieval/index.ts'
import { bytesOf } from './segment-quota.ts'
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
  /** The software switch of an edge or origin. */
  admission?: NodeSwitch
  /** Stands between the store and neighbours who ask for blocks. For tests and testnets. */
  inventory?: (own: Inventory) => Inventory
  /** Stands between the limits of upload and those who ask for blocks. For testnets. */
  servingLimits?: (own: ServingLimits) => ServingLimits
  /** How others are reached, libp2p and HTTP. For tests and testnets. */
  tcp?: HostInit['tcp']
  fetch?: HttpFetch
  /** How often trackers hear of us. For tests. */
  announce?: AnnouncerInit
}

export interface NodeServices {
  part: Part
  gateway: (components: GatewayComponents) => HttpListener
  /** Added to the control API. */
  control?: Routes
}

/** A node whose parts start in order and stop in the other. */
export interface Node {
  readonly host: Host
  readonly gateway: HttpListener
  readonly control: HttpListener
  /** What a program that embeds a node may use beside HTTP. */
  readonly parts: Pick<NodeBase, 'store' | 'holdings'> &
    Pick<Delivery, 'exchange' | 'retrieval'> & Pick<Routing, 'routes'>
  /** Absent on a node that publishes nothing. */
  publish?: Publisher['publish']
  /** All of it, or nothing: what was started is stopped again when a part fails. */
  start (options?: { signal?: AbortSignal }): Promise<void>
  /** Says farewell to trackers while it can; ends in bounded time. */
  stop (): Promise<void>
}

/** What every part may need, made before any of them. */
export interface NodeBase extends Omit<NodeComponents, 'publisher' | 'services'> {
  privateKey: PrivateKey
  store: Store
  plays: Plays
  host: Host
  holdings: Holdings
  traffic: Traffic
  playback: PlaybackCounts
  publisher?: Publisher
  services?: NodeServices
  /** The log of one component. */
  log: (name: string) => Logger
}

/**
 * A node that is not started. Opens the store, so that a second process on the folder fails at
 * once.
 *
 * @throws StoreLockedError KeyFileError
 * @example
 * const node = await createNode({ config, logger, onShutdown: () => process.exit() })
 * await node.start()
 */
export async function createNode (components: NodeComponents): Promise<Node> {
  const { config, logger } = components
  collectByAllMemory()
  const privateKey = await loadOrCreateKey(join(config.data, 'node.key'))
  const { ttlMs, keepFree, backend, memoryBytes, policy } = config.store
  const plays = await Plays.open({
    path: join(config.data, 'plays.json'), clock: Date.now, log: logger.forComponent('cdnd:plays')
  })
  const store = await openStore({
    path: join(config.data, 'store'),
    quotaBytes: bytesOf(config.store, plays),
    policy,
    keepFreeShare: keepFree,
    backend,
    memoryBytes,
    logger,
    ...(ttlMs > 0 && { ttlMs })
  })
  try {
    const host = await createHost({
      privateKey,
      network: config.network,
      listen: config.listen,
      announce: config.announceAddresses,
      dht: dhtMode(config),
      isPrivate: isPrivateNetwork(config),
      ...natOf(config),
      gossip: gossipOf(config),
      logger,
      ...(components.tcp != null && { tcp: components.tcp }),
      start: false
    })
    const publisher = await components.publisher?.({ store, logger })
    const services = components.services?.(host)
    return assemble({ ...components, privateKey, store, plays, host, publisher, services })
  } catch (err) {
    await store.stop()
    throw err
  }
}

type Given = Omit<NodeComponents, 'publisher' | 'services'> &
  Pick<NodeBase, 'privateKey' | 'store' | 'plays' | 'host' | 'publisher' | 'services'>

function assemble (given: Given): Node {
  const { config, store, plays, host, logger } = given
  const log = (name: string): Logger => logger.forComponent(`cdnd:${name}`)
  const metrics = new Metrics(config.role)
  const traffic = new Traffic(metrics)
  const playback = new PlaybackCounts(metrics)
  const titles = new FileTitleList(join(config.data, 'titles.json'), log('titles'))
  const holdings = new Holdings({ store, titles, sha256, log: log('holdings') })
  const publisher = given.publisher &&
    adopting({ publisher: given.publisher, holdings, log: log('publisher') })
  const inventory = (own: Inventory): Inventory =>
    hearingInterest(given.inventory?.(own) ?? own, plays)
  const base: NodeBase = { ...given, inventory, holdings, traffic, playback, log, publisher }
  const meeting = meetingParts(base, {
    gatewayUrl: () => listeners.gateway.url(),
    neighbours: () => delivery.exchange.neighbours(),
    coordinate: () => routing.place()
  })
  const routing = routingParts(base, () => delivery.exchange.neighbours())
  const delivery = deliveryParts(base, meeting, routing)
  const announcer = new Announcer({
    holdings,
    registries: registriesOf(base, meeting.trackers),
    log: log('announcer'),
    ...(publisher != null && { segmentsOf: content => publisher.segmentsOf(content) })
  }, given.announce)
  const reach = reachParts(base, { ...delivery, record: meeting.record, announcer })
  const acquaintances = new Acquaintances({
    path: join(config.data, 'acquaintances.json'),
    host,
    exchange: delivery.exchange,
    addresses: meeting.addresses,
    timer: systemTimer,
    log: log('acquaintances')
  })
  const idle = idleConnections(base, meeting, delivery)
  const popularity = popularityParts(base, delivery)
  store.weigh(holdersAmong(delivery.exchange))
  const { routes } = routing
  const listeners = listenerParts(base, {
    ...meeting, ...delivery, ...popularity, announcer, routes
  })
  const survey = surveyOf(base, meeting, listeners.titles)
  metrics.observe(() => listeners.node.observed())
  metrics.observeRouting(routing.status)
  metrics.observeRelay(() => delivery.exchange.relayed)
  if (given.admission != null) metrics.observeSwitch(given.admission)
  const lifetime = lifetimeOf(base, {
    ...meeting, ...delivery, ...popularity, ...listeners, announcer, acquaintances, idle, reach,
    routing, survey: survey ?? {}
  })
  return {
    host,
    gateway: listeners.gateway,
    control: listeners.control,
    parts: {
      store, holdings, exchange: delivery.exchange, retrieval: delivery.retrieval, routes
    },
    ...(publisher != null && {
      publish: (request, options) => publisher.publish(request, options)
    }),
    start: options => lifetime.start(options),
    stop: () => lifetime.stop()
  }
}

type Parts = ReturnType<typeof meetingParts> & ReturnType<typeof deliveryParts> &
  ReturnType<typeof popularityParts> & ReturnType<typeof listenerParts> &
  Record<'acquaintances' | 'idle' | 'survey' | 'reach', Part> &
  { announcer: Announcer, routing: Routing }

/** Each part after those it needs. */
function lifetimeOf (base: NodeBase, parts: Parts): Lifetime {
  const { store, plays, host, holdings, publisher, services, logger } = base
  return new Lifetime({ logger })
    .add('store', { stop: () => store.stop() })
    .add('plays', plays)
    .add('holdings', holdings)
    .add('retrieval', parts.retrieval)
    .add('sessions', { stop: () => { parts.sessions.stop() } })
    .add('publisher', publisher ?? {})
    .add('gateway', parts.gateway)
    .add('libp2p', { start: () => listen(host), stop: () => host.stop() })
    .add('services', services?.part ?? {})
    .add('record', parts.record)
    .add('exchange', parts.exchange)
    .add('reach', parts.reach)
    .add('routing', parts.routing.part)
    .add('peers', parts.peers)
    .add('neighbourhood', parts.neighbourhood)
    .add('sources', parts.sources)
    .add('bootstrap', parts.dialer)
    .add('acquaintances', parts.acquaintances)
    .add('idle connections', parts.idle)
    .add('announcer', parts.announcer)
    .add('path keeper', parts.pathKeeper)
    .add('keeper', parts.keeper)
    .add('popular', parts.popular)
    .add('survey', parts.survey)
    .add('control', parts.control)
}

/** Servers and bootstraps are there to be connected to. */
function idleConnections (
  { config, host, log }: NodeBase, { dialer }: Meeting, { exchange }: Pick<Delivery, 'exchange'>
): Part {
  if (config.role !== 'peer') return {}
  return new IdleConnections({
    host,
    exchange,
    bootstraps: dialer.targets,
    clock: Date.now,
    timer: systemTimer,
    random: Math.random,
    log: log('idle')
  }, { keep: MOST_IDLE * config.retrieval.neighbours })
}

/** @throws AddressInUseError InvalidConfigError */
async function listen (host: Host): Promise<void> {
  try {
    await host.start()
  } catch (err) {
    throw listenFailure(err)
  }
}
