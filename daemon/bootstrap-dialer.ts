/**
 * Keeps a connection to the bootstrap nodes.
 * in: their multiaddrs. out: dials at start, and again with growing pauses whenever one is lost.
 */

import type { Libp2p, Logger, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Random } from '../protocols/clock.ts'

const DIAL_TIMEOUT_MS = 5_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

export interface BootstrapDialerComponents {
  host: Pick<Libp2p, 'dial' | 'getConnections'>
  random: Random
  log: Logger
}

export class BootstrapDialer {
  readonly #components: BootstrapDialerComponents
  readonly #targets: Map<string, Multiaddr[]>
  #lifetime: AbortController | undefined
  #timers = new Set<NodeJS.Timeout>()

  constructor (components: BootstrapDialerComponents, addresses: string[]) {
    this.#components = components
    this.#targets = byPeer(addresses)
  }

  /** The bootstrap nodes' addresses, by peer. */
  get targets (): ReadonlyMap<string, Multiaddr[]> { return this.#targets }

  /** Resolves when every bootstrap node was dialled once, reached or not. */
  async start (): Promise<void> {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    await Promise.all([...this.#targets].map(async ([peer, addresses]) => {
      await this.#keep(peerIdFromString(peer), addresses, FIRST_PAUSE_MS, signal)
    }))
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #keep (peer: PeerId, addresses: Multiaddr[], pauseMs: number, signal: AbortSignal): Promise<void> {
    const { host, random, log } = this.#components
    let nextMs = FIRST_PAUSE_MS
    if (host.getConnections(peer).length === 0) {
      try {
        await host.dial(addresses, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]) })
        log('connected to bootstrap %p', peer)
      } catch (err) {
        if (signal.aborted) return
        log('bootstrap %p does not answer, trying on - %s', peer, (err as Error).message)
        nextMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      }
    }
    if (signal.aborted) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#keep(peer, addresses, nextMs, signal)
    }, nextMs * (0.75 + random() / 2))
    this.#timers.add(timer)
  }
}

function byPeer (addresses: string[]): Map<string, Multiaddr[]> {
  const peers = new Map<string, Multiaddr[]>()
  for (const text of addresses) {
    const address = multiaddr(text)
    const peer = address.getComponents().findLast(({ name }) => name === 'p2p')?.value
    if (peer != null) peers.set(peer, [...peers.get(peer) ?? [], address])
  }
  return peers
}
