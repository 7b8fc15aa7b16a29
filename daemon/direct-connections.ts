/**
 * Moves the talk with a neighbour from a relay's connection to a direct one.
 * in: neighbours met through a relay; direct connections as they come, by libp2p's hole punching or
 * by dialling somebody in our own LAN. out: exchange streams on these.
 */

import type { Connection, IdentifyResult, Logger, PeerId } from '@libp2p/interface'
import { isPrivate, tryGetNetConfig } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Exchange, Neighbour } from '../protocols/exchange/index.ts'
import { naming } from '../protocols/exchange/naming.ts'
import type { Host } from '../protocols/host.ts'
import { isRelayed } from '../protocols/nat/index.ts'

export interface DirectConnectionsComponents {
  host: Pick<Host,
    'addEventListener' | 'removeEventListener' | 'getConnections' | 'getMultiaddrs' | 'dial'>
  exchange: Pick<Exchange, 'events' | 'neighbour' | 'connect'>
  log: Logger
}

/** In a LAN, that is long. */
const LAN_DIAL_MS = 2_000

export class DirectConnections {
  readonly #components: DirectConnectionsComponents
  #lifetime: AbortController | undefined

  constructor (components: DirectConnectionsComponents) {
    this.#components = components
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { host, exchange } = this.#components
    host.addEventListener('connection:open', this.#onConnection)
    host.addEventListener('peer:identify', this.#onIdentify)
    exchange.events.addEventListener('open', this.#onNeighbour, { signal: this.#lifetime.signal })
  }

  stop (): void {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    const { host } = this.#components
    host.removeEventListener('connection:open', this.#onConnection)
    host.removeEventListener('peer:identify', this.#onIdentify)
  }

  readonly #onConnection = ({ detail }: CustomEvent<Connection>): void => {
    const { remotePeer, limits, direction } = detail
    const isWaitedFor = this.#components.exchange.neighbour(remotePeer)?.isLimited === true
    // The other end moves it otherwise.
    if (limits == null && direction === 'outbound' && isWaitedFor) void this.#move(remotePeer)
  }

  readonly #onNeighbour = (event: Event): void => {
    const { peer, isLimited } = (event as CustomEvent<Neighbour>).detail
    const connections = this.#components.host.getConnections(peer)
    // The direct one was faster than HELLO over the other.
    if (isLimited && connections.some(({ limits }) => limits == null)) void this.#move(peer)
  }

  /** Two behind one NAT: it rarely lets them dial its outer side. */
  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { connection: { limits, direction }, peerId, listenAddrs } = detail
    if (limits == null || direction !== 'outbound') return
    const ours = this.#components.host.getMultiaddrs().flatMap(subnetOf)
    const near = listenAddrs.filter(address => subnetOf(address).some(net => ours.includes(net)))
    if (near.length > 0) void this.#dialInLan(peerId, near)
  }

  /** Never rejects. */
  async #move (peer: PeerId): Promise<void> {
    const { exchange, log } = this.#components
    try {
      await exchange.connect(peer, [], { signal: this.#lifetime!.signal })
      log('%p is reached directly now', peer)
    } catch (err) {
      log('could not go on directly with %p: %s', peer, (err as Error).message)
    }
  }

  /** Never rejects. */
  async #dialInLan (peer: PeerId, addresses: Multiaddr[]): Promise<void> {
    const { host, log } = this.#components
    const timeout = AbortSignal.timeout(LAN_DIAL_MS)
    try {
      await host.dial(addresses.map(address => naming(address, peer)), {
        signal: AbortSignal.any([timeout, this.#lifetime!.signal])
      })
    } catch (err) {
      log('%p is not in our LAN: %s', peer, (err as Error).message)
    }
  }
}

/** The first three numbers of a private IPv4 address: most LANs are no larger. */
function subnetOf (address: Multiaddr): string[] {
  const { type, host } = tryGetNetConfig(address) ?? {}
  const isLan = type === 'ip4' && host != null && !isRelayed(address) && isPrivate(address) &&
    !host.startsWith('127.')
  return isLan ? [host.slice(0, host.lastIndexOf('.'))] : []
}
