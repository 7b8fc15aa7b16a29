/**
 * The local TCP port from which bootstraps are dialled, and holes punched.
 * in: connections dialled from it, and where their other ends see them. out: the address that the
 * port has outside our NAT, as far as can be known.
 *
 * Most NATs give a local port one outer port, whoever is dialled from it (RFC 5382, REQ-1), or keep
 * its number: what a bootstrap sees is then where a peer has to aim. No other socket listens on the
 * port, so that Linux and macOS let several connections start from it.
 */

import type { Connection, PeerId } from '@libp2p/interface'
import { tryGetNetConfig } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Random } from '../clock.ts'

export interface PunchPortInit {
  /** Multiaddrs that end in /p2p/ID, of the nodes dialled from it. */
  anchors: readonly string[]
  random?: Random
}

/** Below those that systems give to outgoing connections. */
const FIRST_PORT = 16_384
const PORTS = 16_384

export class PunchPort {
  readonly #anchors: ReadonlySet<string | undefined>
  readonly #random: Random
  readonly #dialled = new WeakSet<object>()
  #local: number
  #seenAt: { family: 'ip4' | 'ip6', host: string, port: number } | undefined

  constructor ({ anchors, random = Math.random }: PunchPortInit) {
    this.#anchors = new Set(anchors.map(text => peerOf(multiaddr(text))))
    this.#random = random
    this.#local = this.#any()
  }

  get local (): number {
    return this.#local
  }

  /** Another program has it. */
  change (): void {
    this.#local = this.#any()
  }

  isAnchor (address: Multiaddr): boolean {
    const peer = peerOf(address)
    return peer != null && this.#anchors.has(peer)
  }

  /** Whose word counts for where we are seen: bootstraps', or anybody's where there are none. */
  isWitness (peer: PeerId): boolean {
    return this.#anchors.size === 0 || this.#anchors.has(peer.toString())
  }

  /** A connection was dialled from it. */
  dialled (connection: Connection): void {
    this.#dialled.add(connection)
  }

  /**
   * Where the other end sees a connection of ours. One from another port tells the host only: the
   * port is then taken to be kept.
   */
  sawAt (connection: Connection, address: Multiaddr): void {
    const { type, host, port } = tryGetNetConfig(address) ?? {}
    if ((type !== 'ip4' && type !== 'ip6') || host == null || port == null) return
    if (this.#dialled.has(connection)) {
      this.#seenAt = { family: type, host, port }
    } else {
      this.#seenAt ??= { family: type, host, port: this.#local }
    }
  }

  /** Where a peer aims; undefined until somebody said at which address it sees us. */
  outer (self: PeerId): Multiaddr | undefined {
    if (this.#seenAt == null) return undefined
    const { family, host, port } = this.#seenAt
    return multiaddr(`/${family}/${host}/tcp/${port}/p2p/${self}`)
  }

  #any (): number {
    return FIRST_PORT + Math.floor(this.#random() * PORTS)
  }
}

/** Of a direct address. */
function peerOf (address: Multiaddr): string | undefined {
  const parts = address.getComponents()
  const isRelayed = parts.some(({ name }) => name === 'p2p-circuit')
  return isRelayed ? undefined : parts.findLast(({ name }) => name === 'p2p')?.value
}
