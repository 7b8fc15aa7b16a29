/**
 * Closes connections to peers that nobody has used for a while: each costs memory here and there,
 * and whoever plays meets many.
 * in: neighbours, connections without one. out: those that stay are chosen as neighbours are,
 * mostly near, some by chance, one far.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import type { Clock, Random, Timer } from '../protocols/clock.ts'
import { DeadlineError } from '../protocols/errors.ts'
import type { Exchange, Neighbour } from '../protocols/exchange/index.ts'
import type { Host } from '../protocols/host.ts'
import { untilDeadline } from './retrieval/abort.ts'
import { nearOrFar } from './retrieval/index.ts'
import { Rounds } from './rounds.ts'

export interface IdleConnectionsComponents {
  host: Pick<Host, 'getPeers' | 'getMultiaddrs' | 'hangUp'> & {
    peerStore: Pick<Host['peerStore'], 'get'>
  }
  exchange: Pick<Exchange, 'neighbour' | 'neighbours'>
  /** By peer ID: they stay. */
  bootstraps: { has (peer: string): boolean }
  clock: Clock
  timer: Timer
  random: Random
  log: Logger
}

export interface IdleConnectionsInit {
  /**
   * Idle neighbours that stay; so few connections stay in any case. Higher: more known when a title
   * is opened; lower: less memory.
   */
  keep: number
}

/**
 * Idle neighbours that stay, times those a node keeps near at hand. Higher: a small network stays
 * wholly connected; lower: less memory.
 */
export const MOST_IDLE = 2
/** Higher: who plays again soon finds all there; lower: less memory. */
export const IDLE_MS = 180_000
const PAUSE_MS = 60_000
const CLOSE_MS = 5_000
/** kad-dht's, of those closest to us: they keep records for us, and we for them. */
const CLOSE_TAG = 'kad-close'

export class IdleConnections {
  readonly #components: IdleConnectionsComponents
  readonly #keep: number
  readonly #rounds: Rounds
  /** When each was first seen without a use. */
  #sinceMs = new Map<string, number>()

  constructor (components: IdleConnectionsComponents, { keep }: IdleConnectionsInit) {
    this.#components = components
    this.#keep = keep
    const { random } = components
    this.#rounds = new Rounds(components, {
      pauseMs: () => PAUSE_MS * (0.75 + random() / 2),
      failure: 'cannot close idle connections yet'
    }, async signal => { await this.#round(signal) })
  }

  start (): void {
    this.#rounds.start()
  }

  async stop (): Promise<void> {
    await this.#rounds.stop()
  }

  async #round (signal: AbortSignal): Promise<void> {
    const { host, exchange, clock } = this.#components
    const peers = host.getPeers()
    const idle = peers.length <= this.#keep ? [] : peers.filter(peer => this.#isIdle(peer))
    const sinceMs = new Map(idle.map(peer => {
      const key = peer.toString()
      return [key, this.#sinceMs.get(key) ?? clock()]
    }))
    this.#sinceMs = sinceMs
    const old = idle.filter(peer => clock() - sinceMs.get(peer.toString())! >= IDLE_MS)
    if (old.length === 0) return
    const staying = this.#staying(idle.flatMap(peer => exchange.neighbour(peer) ?? []))
    for (const peer of old) {
      if (!staying.has(peer.toString()) && !await this.#isClosest(peer)) {
        await this.#close(peer, signal)
      }
    }
  }

  #isIdle (peer: PeerId): boolean {
    const { host, exchange, bootstraps } = this.#components
    const neighbour = exchange.neighbour(peer)
    if (bootstraps.has(peer.toString())) return false
    if (neighbour != null) return neighbour.hello.role === 'peer' && neighbour.isIdle === true
    // Through a relay others reach us, though we say nothing to it.
    return !host.getMultiaddrs().some(address =>
      address.toString().includes(`/p2p/${peer}/p2p-circuit`))
  }

  /** Peer IDs. */
  #staying (idle: Neighbour[]): Set<string> {
    const left = [...idle]
    const chosen = idle.length <= this.#keep ? idle : idle.slice(0, this.#keep).map((_, taken) => {
      const next = nearOrFar(left, taken, this.#components.random)!
      left.splice(left.indexOf(next), 1)
      return next
    })
    return new Set(chosen.map(({ peer }) => peer.toString()))
  }

  async #isClosest (peer: PeerId): Promise<boolean> {
    if (this.#components.exchange.neighbour(peer) != null) return false
    // Unknown to the peer store: it has just left.
    const known = await this.#components.host.peerStore.get(peer).catch(() => undefined)
    return known?.tags.has(CLOSE_TAG) === true
  }

  async #close (peer: PeerId, signal: AbortSignal): Promise<void> {
    const { host, clock, log } = this.#components
    // It may have come to be of use while others were closed.
    if (signal.aborted || !this.#isIdle(peer)) return
    try {
      const expired = () => new DeadlineError(`not closed in ${CLOSE_MS} ms`)
      await untilDeadline(this.#components, clock() + CLOSE_MS, expired, signal =>
        host.hangUp(peer, { signal }), { signal })
      log.trace('closed the idle connection to %p', peer)
    } catch (err) {
      log('could not close the connection to %p: %s', peer, (err as Error).message)
    }
  }
}
