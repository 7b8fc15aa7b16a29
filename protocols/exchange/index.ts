/**
 * Segment exchange: one long-lived stream a connection, many blocks in flight.
 * in: a CID and a neighbour. out: the bytes it sent, NOT yet verified.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { Clock, Random } from '../clock.ts'
import { DEFAULT_MAX_NEIGHBOURS, HELLO_TIMEOUT_MS } from '../limits.ts'
import type { Coordinate } from '../rtt/index.ts'
import { type ExchangeHost, SegmentExchange } from './exchange.ts'
import { RAISE_FEATURE, RELAY_FEATURE } from './hello.ts'
import { Ledger } from './ledger.ts'
import type { RelayParts } from './relay.ts'
import type {
  Admission, Exchange, Inventory, Memory, Neighbour, Role, ServingLimits
} from './types.ts'

export type { ExchangeHost } from './exchange.ts'
export { RELAY_FEATURE } from './hello.ts'
export { type Account, Ledger } from './ledger.ts'
export { EXCHANGE_PROTOCOL } from './message.ts' // '/cdnd/exchange/1.0.0', beside its byte layout
export type { RelayParts } from './relay.ts'
export type {
  Admission, Asked, Entry, Exchange, ExchangeEvents, Hello, Holding, Inventory, InventoryChange,
  Loading, Memory, Neighbour, PassingBlock, Priority, Refusal, Relayed, RelayLimits, Role,
  ServingLimits, Want, WantOptions
} from './types.ts'

export const DEFAULT_PING_INTERVAL_MS = 5_000
export const DEFAULT_WANT_TIMEOUT_MS = 10_000
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
export const DEFAULT_HAVE_DELAY_MS = 100

export interface ExchangeComponents {
  host: ExchangeHost
  inventory: Inventory
  limits: ServingLimits
  logger: ComponentLogger
  /** Where what peers give and take is noted; one of its own otherwise. */
  ledger?: Ledger
  /** Asked before each block is read; on edges and origins. */
  admission?: Admission
  /** Absent: we pass nothing on. */
  relay?: RelayParts
  /**
   * Multiaddrs, with /p2p/, at which a neighbour can be dialled; otherwise those that we dialled
   * are known by the address that led to them.
   */
  addressesOf?: (neighbour: Neighbour) => readonly string[]
  /** Of a host that lends the memory of what it received; otherwise the collector's. */
  memory?: Memory
  /** Milliseconds with fractions: round-trip times are measured with it. */
  clock?: Clock
  random?: Random
}

export interface ExchangeInit {
  /** Peers of another network are refused. */
  network: string
  role: Role
  region: string
  /** What else we can do, for later versions to find out. */
  features?: string[]
  /** Our signed node record, read for each HELLO. */
  record?: () => Uint8Array | undefined
  /** Where we are, told in each PONG; undefined: not told. */
  coordinate?: () => Coordinate | undefined
  /** {@link DEFAULT_MAX_NEIGHBOURS}. Higher: more to choose from; lower: less memory and upkeep. */
  maxNeighbours?: number
  /**
   * {@link DEFAULT_PING_INTERVAL_MS}. Higher: less traffic; lower: fresher RTTs, the dead found
   * sooner.
   */
  pingIntervalMs?: number
  /** A WANT without a deadline, and the longest any may wait, {@link DEFAULT_WANT_TIMEOUT_MS}. */
  wantTimeoutMs?: number
  /** Dialling and HELLO together, {@link DEFAULT_CONNECT_TIMEOUT_MS}. */
  connectTimeoutMs?: number
  /** {@link DEFAULT_HAVE_DELAY_MS}. Higher: fewer HAVEs; lower: neighbours know sooner. */
  haveDelayMs?: number
  /** {@link HELLO_TIMEOUT_MS} */
  helloTimeoutMs?: number
}

/** Finer than Date.now, and it never goes back. */
const preciseClock: Clock = () => performance.timeOrigin + performance.now()

const plainMemory: Memory = {
  allocate: bytes => new Uint8Array(bytes),
  giveBack: () => {}
}

/**
 * Streams are opened by `connect` only, and accepted from anybody of the same network.
 *
 * @example
 * const init = { network: 'main', role: 'peer', region: 'eu' }
 * const blocks = exchange(init)({ host, inventory, limits, logger })
 * await blocks.start()
 * const neighbour = await blocks.connect(peer, addresses)
 * const bytes = await neighbour.want({ cid, size })
 */
export const exchange = (init: ExchangeInit) => (components: ExchangeComponents): Exchange => {
  const { host, inventory, limits, logger, admission, relay, addressesOf } = components
  const { network, role, region, features = [] } = init
  const now = components.clock ?? preciseClock
  const ours = relay?.limits.isEnabled === true ? [RAISE_FEATURE, RELAY_FEATURE] : [RAISE_FEATURE]
  return new SegmentExchange({
    host,
    inventory,
    limits,
    ledger: components.ledger ?? new Ledger({ clock: now }),
    ...(admission != null && { admission }),
    ...(relay != null && { relay }),
    ...(addressesOf != null && { addressesOf }),
    memory: components.memory ?? plainMemory,
    log: logger.forComponent('cdnd:exchange'),
    now,
    random: components.random ?? Math.random
  }, {
    hello: { network, role, region, features: [...ours, ...features] },
    record: init.record ?? (() => undefined),
    coordinate: init.coordinate ?? (() => undefined),
    maxNeighbours: init.maxNeighbours ?? DEFAULT_MAX_NEIGHBOURS,
    pingIntervalMs: init.pingIntervalMs ?? DEFAULT_PING_INTERVAL_MS,
    wantTimeoutMs: init.wantTimeoutMs ?? DEFAULT_WANT_TIMEOUT_MS,
    connectTimeoutMs: init.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    haveDelayMs: init.haveDelayMs ?? DEFAULT_HAVE_DELAY_MS,
    helloTimeoutMs: init.helloTimeoutMs ?? HELLO_TIMEOUT_MS
  })
}
