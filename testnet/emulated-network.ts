/**
 * Daemons on one machine as if on hosts of their own, a network between them.
 * in: delays and wires. out: for each daemon an IP address of its own and the settings by which
 * others reach it over the emulated network: libp2p, and the HTTP of edges and origins.
 */

import type { Daemon } from './daemon.ts'
import type { NetworkShape } from './distance.ts'
import { LinkProcess } from './link-process.ts'
import type { HostShape, SocketAddress } from './link-proxy.ts'
import { addressIn, REGIONS, type Region } from './regions.ts'

export interface EmulatedNetworkInit extends NetworkShape {
  /** Wires of a daemon by its name; unlimited unless given. */
  hostShape?: (name: string) => HostShape
  /** The daemons delay libp2p themselves (shaped-tcp.ts): the links are for HTTP only. */
  isShapedWithin?: boolean
}

export interface Place {
  /** What the daemon dials from, and listens on. */
  address: string
  config: Record<string, unknown>
}

/** The same on every host: the addresses differ. */
const P2P_PORT = 4480
const HTTP_PORT = 8480

export class EmulatedNetwork {
  readonly shape: NetworkShape
  readonly #init: EmulatedNetworkInit
  readonly #links: LinkProcess
  readonly #places = new Map<string, Promise<Place>>()
  readonly #hosts = new Map<Region, number>()

  constructor (init: EmulatedNetworkInit) {
    this.#init = init
    const { delayMs, jitterMs = 0, hasRegions = false } = init
    this.shape = { delayMs, jitterMs, hasRegions }
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
      this.#settle(daemon, this.#newAddress(daemon.region))
    this.#places.set(daemon.name, place)
    return await place
  }

  /** The address of somebody who only dials, with the wires of `name`. */
  async guest (name: string, region = ''): Promise<string> {
    const { address } = await this.place({ name, role: 'peer', region })
    return address
  }

  async #settle (
    { name, role }: Pick<Daemon, 'name' | 'role'>, address: string
  ): Promise<Place> {
    const { hostShape, isShapedWithin = false } = this.#init
    await this.#links.addHost(address, hostShape?.(name) ?? {})
    const own = { host: address, port: P2P_PORT }
    const announced = isShapedWithin ? own : await this.#links.forward(own)
    const config = { listen: [multiaddr(own)], announceAddresses: [multiaddr(announced)] }
    if (role !== 'edge' && role !== 'origin') return { address, config }
    const http = await this.#links.forward({ host: address, port: HTTP_PORT })
    const gateway = { host: address, port: HTTP_PORT }
    const publicUrl = `http://${http.host}:${http.port}`
    return { address, config: { ...config, gateway, publicUrl } }
  }

  /** Of a host in a region that is none of ours, in the one with the fewest hosts. */
  #newAddress (region: string): string {
    const hosts = (region: Region): number => this.#hosts.get(region) ?? 0
    const here = REGIONS.find(name => name === region) ??
      REGIONS.toSorted((a, b) => hosts(a) - hosts(b))[0]!
    this.#hosts.set(here, hosts(here) + 1)
    return addressIn(here, hosts(here) - 1)
  }
}

function multiaddr ({ host, port }: SocketAddress): string {
  return `/ip4/${host}/tcp/${port}`
}
