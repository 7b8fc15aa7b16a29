/**
 * Daemons on one machine as if on hosts of their own, a network between them.
 * in: delays and wires. out: for each daemon an IP address of its own and the settings by which
 * others reach it over the emulated network: libp2p, and the HTTP of edges and origins.
 */

import type { Daemon } from './daemon.ts'
import type { NetworkShape } from './distance.ts'
import { LinkProcess } from './link-process.ts'
import type { SocketAddress } from './link-proxy.ts'
import { isBehindNat as isNated, SERVERS_PER_REGION } from './reachability.ts'
import { addressIn, HOSTS_PER_REGION, REGIONS, type Region } from './regions.ts'
import type { HostShape } from './wires.ts'

export interface EmulatedNetworkInit extends NetworkShape {
  /** Wires of a daemon by its name; unlimited unless given. */
  hostShape?: (name: string) => HostShape
  /** The daemons shape libp2p themselves (shaped-tcp.ts): the links are for HTTP only. */
  isShapedWithin?: boolean
}

export interface Place {
  /** What the daemon dials from, and listens on. */
  address: string
  config: Record<string, unknown>
  /** Nobody dials it. */
  isBehindNat: boolean
}

/** The same on every host: the addresses differ. */
const P2P_PORT = 4480
const HTTP_PORT = 8480

export class EmulatedNetwork {
  readonly shape: NetworkShape
  readonly #init: EmulatedNetworkInit
  readonly #links: LinkProcess
  readonly #places = new Map<string, Promise<Place>>()
  readonly #peers = new Map<Region, number>()
  readonly #servers = new Map<Region, number>()

  constructor (init: EmulatedNetworkInit) {
    this.#init = init
    const { hostShape: _, isShapedWithin: __, ...shape } = init
    this.shape = shape
    this.#links = new LinkProcess(this.shape)
  }

  async start (): Promise<void> {
    await this.#links.start()
  }

  async stop (): Promise<void> {
    await this.#links.stop()
  }

  /** The place of a daemon, the same each time it starts. */
  async place (daemon: Pick<Daemon, 'name' | 'role' | 'region'>): Promise<Place> {
    const place = this.#places.get(daemon.name) ??
      this.#settle(daemon, this.#newAddress(daemon))
    this.#places.set(daemon.name, place)
    return await place
  }

  /** The address of somebody who only dials, with the wires of `name`. */
  async guest (name: string, region = ''): Promise<string> {
    const { address } = await this.place({ name, role: 'peer', region })
    return address
  }

  /** The wires that a host starts with. */
  wiresOf (name: string): HostShape {
    return this.#init.hostShape?.(name) ?? {}
  }

  /** Other wires for HTTP, and for libp2p where the daemons do not shape it. */
  async rewire (address: string, wires: HostShape): Promise<void> {
    await this.#links.addHost(address, wires)
  }

  /** Addresses of one side do not reach those of another from now on, over the links. */
  async divide (sides: ReadonlyArray<readonly string[]>): Promise<void> {
    await this.#links.divide(sides)
  }

  async #settle (
    { name, role }: Pick<Daemon, 'name' | 'role'>, address: string
  ): Promise<Place> {
    const { isShapedWithin = false } = this.#init
    await this.#links.addHost(address, this.wiresOf(name))
    const own = { host: address, port: P2P_PORT }
    const announced = isShapedWithin ? own : await this.#links.forward(own)
    const { reach } = this.shape
    const isBehindNat = reach != null && isNated(reach, address)
    const config = isBehindNat
      ? { listen: [], reach: 'nat' }
      : { listen: [multiaddr(own)], announceAddresses: [multiaddr(announced)] }
    if (role !== 'edge' && role !== 'origin') return { address, config, isBehindNat }
    const http = await this.#links.forward({ host: address, port: HTTP_PORT })
    const gateway = { host: address, port: HTTP_PORT }
    const publicUrl = `http://${http.host}:${http.port}`
    return { address, config: { ...config, gateway, publicUrl }, isBehindNat }
  }

  /**
   * Of a host in a region that is none of ours, in the one with the fewest hosts. Servers are the
   * last ones of a region.
   */
  #newAddress ({ role, region }: Pick<Daemon, 'role' | 'region'>): string {
    const counts = role === 'peer' ? this.#peers : this.#servers
    const count = (region: Region): number => counts.get(region) ?? 0
    const here = REGIONS.find(name => name === region) ??
      REGIONS.toSorted((a, b) => count(a) - count(b))[0]!
    const index = count(here)
    const most = role === 'peer' ? HOSTS_PER_REGION - SERVERS_PER_REGION : SERVERS_PER_REGION
    if (index >= most) throw new Error(`${here} has no room for more than ${most} ${role}s`)
    counts.set(here, index + 1)
    return addressIn(here, role === 'peer' ? index : HOSTS_PER_REGION - 1 - index)
  }
}

function multiaddr ({ host, port }: SocketAddress): string {
  return `/ip4/${host}/tcp/${port}`
}
