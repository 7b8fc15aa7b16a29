/**
 * Daemons on one machine as if on hosts of their own, a network between them.
 * in: delays and wires. out: for each daemon an IP address of its own and the settings by which
 * others reach it over the emulated network: libp2p, and the HTTP of edges and origins.
 */

import type { Role } from '../protocols/exchange/index.ts'
import type { HostShape, NetworkShape, SocketAddress } from './link-proxy.ts'
import { LinkProcess } from './link-process.ts'

export interface EmulatedNetworkInit extends NetworkShape {
  /** Wires of a daemon by its name; unlimited unless given. */
  hostShape?: (name: string) => HostShape
}

export interface Place {
  /** What the daemon dials from, and listens on. */
  address: string
  config: Record<string, unknown>
}

/** The same on every host: the addresses differ. */
const P2P_PORT = 4480
const HTTP_PORT = 8480
const MAX_HOSTS = 250

export class EmulatedNetwork {
  readonly #init: EmulatedNetworkInit
  readonly #links: LinkProcess
  readonly #places = new Map<string, Promise<Place>>()

  constructor (init: EmulatedNetworkInit) {
    this.#init = init
    const { delayMs, jitterMs = 0 } = init
    this.#links = new LinkProcess({ delayMs, jitterMs })
  }

  async start (): Promise<void> {
    await this.#links.start()
  }

  async stop (): Promise<void> {
    await this.#links.stop()
  }

  /** The place of a daemon, the same each time it starts. */
  async place ({ name, role }: { name: string, role: Role }): Promise<Place> {
    const place = this.#places.get(name) ??
      this.#settle(name, role, addressOf(this.#places.size))
    this.#places.set(name, place)
    return await place
  }

  /** The address of somebody who only dials, with the wires of `name`. */
  async guest (name: string): Promise<string> {
    const { address } = await this.place({ name, role: 'peer' })
    return address
  }

  async #settle (name: string, role: Role, address: string): Promise<Place> {
    await this.#links.addHost(address, this.#init.hostShape?.(name) ?? {})
    const p2p = await this.#links.forward({ host: address, port: P2P_PORT })
    const config = {
      listen: [multiaddr({ host: address, port: P2P_PORT })], announceAddresses: [multiaddr(p2p)]
    }
    if (role !== 'edge' && role !== 'origin') return { address, config }
    const http = await this.#links.forward({ host: address, port: HTTP_PORT })
    const gateway = { host: address, port: HTTP_PORT }
    const publicUrl = `http://${http.host}:${http.port}`
    return { address, config: { ...config, gateway, publicUrl } }
  }
}

/** Other networks on this machine have other processes, and so other addresses. */
function addressOf (index: number): string {
  if (index >= MAX_HOSTS) throw new Error(`an emulated network has at most ${MAX_HOSTS} hosts`)
  return `127.${64 + ((process.pid >> 8) & 127)}.${process.pid & 255}.${index + 1}`
}

function multiaddr ({ host, port }: SocketAddress): string {
  return `/ip4/${host}/tcp/${port}`
}
