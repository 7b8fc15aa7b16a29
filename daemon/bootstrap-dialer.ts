/**
 * Keeps a connection to the bootstrap nodes.
 * in: their multiaddrs. out: dials at start, and again with growing pauses whenever one is lost.
 */

import type { Libp2p, Logger, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Random, Timer } from '../protocols/clock.ts'
import { pause } from './discovery/pause.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'

const DIAL_TIMEOUT_MS = 5_000
/** Also after a connection was lost: nodes that lose a bootstrap together come back in turn. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

export interface BootstrapDialerComponents {
  host: Pick<Libp2p, 'dial' | 'getConnections' | 'addEventListener' | 'removeEventListener'>
  random: Random
  timer: Timer
  log: Logger
}

export class BootstrapDialer {
  readonly #components: BootstrapDialerComponents
  readonly #targets: Map<string, Multiaddr[]>
  #lifetime: AbortController | undefined
  #keeping: Promise<unknown> = Promise.resolve()

  /** `addresses` end in `/p2p/<peer>`, as the settings are checked to. */
  constructor (components: BootstrapDialerComponents, addresses: string[]) {
    this.#components = components
    this.#targets = byPeer(addresses)
  }

  /** The bootstrap nodes' addresses, by peer. */
  get targets (): ReadonlyMap<string, Multiaddr[]> { return this.#targets }

  /** Dials in the background: a node may have all it needs before its bootstraps answer. */
  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    this.#keeping = Promise.all([...this.#targets].map(async ([peer, addresses]) => {
      await this.#keep(peer, addresses, signal)
    }))
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    await this.#keeping
  }

  /** Until the signal aborts. Never rejects. */
  async #keep (peer: string, addresses: Multiaddr[], signal: AbortSignal): Promise<void> {
    const { host, random, timer, log } = this.#components
    const peerId = peerIdFromString(peer)
    const failure = new RepeatedFailure()
    let pauseMs = FIRST_PAUSE_MS
    while (!signal.aborted) {
      const isLost = host.getConnections(peerId).length === 0
      const err = isLost ? await this.#dial(addresses, signal) : undefined
      if (signal.aborted) return
      if (err == null) {
        failure.isOver()
        pauseMs = FIRST_PAUSE_MS
        if (isLost) log('connected to bootstrap %s', peer)
        await this.#untilLost(peerId, signal)
      } else if (failure.isNews(err)) {
        log('bootstrap %s does not answer, trying on: %s', peer, err.message)
      }
      await pause(timer, pauseMs * (0.75 + random() / 2), signal)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  /** Until we have no connection to it, or the signal aborts. Never rejects. */
  async #untilLost (peer: PeerId, signal: AbortSignal): Promise<void> {
    const { host } = this.#components
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => {
      if (signal.aborted || host.getConnections(peer).length === 0) resolve()
    }
    host.addEventListener('peer:disconnect', look)
    signal.addEventListener('abort', look)
    look()
    await promise
    host.removeEventListener('peer:disconnect', look)
    signal.removeEventListener('abort', look)
  }

  /** Undefined when connected, else why not. */
  async #dial (addresses: Multiaddr[], signal: AbortSignal): Promise<Error | undefined> {
    const deadline = AbortSignal.timeout(DIAL_TIMEOUT_MS)
    try {
      await this.#components.host.dial(addresses, { signal: AbortSignal.any([signal, deadline]) })
      return undefined
    } catch (err) {
      return err as Error
    }
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
