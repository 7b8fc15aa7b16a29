/**
 * Keeps a few neighbours, whatever is played: the next title's INTEREST reaches them in one round
 * trip.
 * in: the peers we are connected to, and how far they are. out: exchange streams with some of them:
 * mostly near ones; some by chance, and one far, so that no part of the network is left alone.
 */

import type { Libp2p, Logger, PeerId } from '@libp2p/interface'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import { DeadlineError } from '../../protocols/errors.ts'
import { EXCHANGE_PROTOCOL, type Exchange } from '../../protocols/exchange/index.ts'
import type { PenaltyBook, Routes } from '../routing/index.ts'
import { untilDeadline } from './abort.ts'
import { Alarm } from './alarm.ts'
import { type Candidate, NEAR_SHARE, nearest, nearOrFar } from './near-and-far.ts'

export interface NeighbourhoodComponents {
  host: Pick<Libp2p, 'getPeers' | 'addEventListener' | 'removeEventListener'> & {
    peerStore: Pick<Libp2p['peerStore'], 'get'>
  }
  exchange: Pick<Exchange, 'neighbours' | 'neighbour' | 'connect'>
  penalties: Pick<PenaltyBook, 'isBlocked' | 'fail'>
  /** Absent: chosen by chance. */
  routes?: Pick<Routes, 'estimate'>
  /** Gets us connected to more peers, if it can; absent: they come on their own. Never rejects. */
  lookAround?: (options: { signal: AbortSignal }) => Promise<void>
  clock: Clock
  timer: Timer
  random: Random
  log: Logger
}

export interface NeighbourhoodInit {
  /**
   * Neighbours to have, {@link DEFAULT_NEIGHBOURS}; others may come on their own, and up to as many
   * again are taken that are much nearer than those we have.
   */
  neighbours?: number
}

/** Higher: a title finds its swarm sooner; lower: less memory and fewer PINGs on idle nodes. */
export const DEFAULT_NEIGHBOURS = 8

/** Of the RTT of a near neighbour we have: what is nearer than this is worth another stream. */
const MUCH_NEARER = 0.5
/** And by so much: where all are near, the rest is chance. */
const WORTH_MS = 5
const MOST = 2

/**
 * Who has too few neighbours looks around after so long, and again after twice as long, up to the
 * second: a small network has no more. The DHT looks around by itself before that.
 */
const SEEK_MS = [90_000, 600_000] as const

const LOOK_MS = 5_000
/** Who has enough looks so often for those much nearer, among all that it is connected to. */
const REFINE_MS = 20_000
const CONNECT_MS = 3_000

export class Neighbourhood {
  readonly #components: NeighbourhoodComponents
  readonly #neighbours: number
  readonly #alarm: Alarm
  #seekAtMs = Infinity
  #seekAgainMs: number = SEEK_MS[0]
  #lifetime: AbortController | undefined
  #keeping: Promise<void> = Promise.resolve()

  constructor (components: NeighbourhoodComponents, init: NeighbourhoodInit = {}) {
    this.#components = components
    this.#neighbours = init.neighbours ?? DEFAULT_NEIGHBOURS
    this.#alarm = new Alarm(components.timer)
  }

  start (): void {
    if (this.#lifetime == null) {
      this.#lifetime = new AbortController()
      this.#rest()
      this.#components.host.addEventListener('peer:identify', this.#look)
      this.#keeping = this.#keep(this.#lifetime.signal)
    }
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    this.#components.host.removeEventListener('peer:identify', this.#look)
    await this.#keeping
  }

  /** We have just learnt what a peer speaks. */
  readonly #look = (): void => { this.#alarm.ring() }

  /** Until the signal aborts. Never rejects. */
  async #keep (signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#components
    let refineAtMs = 0
    while (!signal.aborted) {
      if (!this.#hasEnough() || clock() >= refineAtMs) {
        await this.#fill(signal)
        refineAtMs = clock() + REFINE_MS
      }
      await this.#seek(signal)
      await this.#alarm.wait(LOOK_MS * (0.75 + random() / 2), signal)
    }
  }

  /** Has others named where there were not enough to choose from. */
  async #seek (signal: AbortSignal): Promise<void> {
    const { clock, random, lookAround } = this.#components
    if (this.#hasEnough()) {
      this.#rest()
    } else if (clock() >= this.#seekAtMs) {
      this.#seekAtMs = clock() + this.#seekAgainMs * (0.75 + random() / 2)
      this.#seekAgainMs = Math.min(2 * this.#seekAgainMs, SEEK_MS[1])
      await lookAround?.({ signal })
    }
  }

  #hasEnough (): boolean {
    return this.#rttsMs().length >= this.#neighbours
  }

  #rest (): void {
    const { clock, random } = this.#components
    this.#seekAgainMs = SEEK_MS[0]
    this.#seekAtMs = clock() + this.#seekAgainMs * (0.75 + random() / 2)
  }

  async #fill (signal: AbortSignal): Promise<void> {
    const { host, exchange, penalties } = this.#components
    const candidates = host.getPeers()
      .filter(peer => exchange.neighbour(peer) == null && !penalties.isBlocked(peer.toString()))
      .map(peer => ({ peer, rttMs: this.#components.routes?.estimate(peer.toString())?.rttMs }))
    for (;;) {
      const next = this.#next(candidates)
      if (next == null || signal.aborted) return
      candidates.splice(candidates.indexOf(next), 1)
      if (await this.#isOneOfUs(next.peer)) await this.#meet(next.peer, signal)
    }
  }

  #next<T extends Candidate> (candidates: readonly T[]): T | undefined {
    const rttsMs = this.#rttsMs()
    const { length } = rttsMs
    if (length < this.#neighbours) return nearOrFar(candidates, length, this.#components.random)
    if (length >= MOST * this.#neighbours) return undefined
    const near = rttsMs.sort((a, b) => a - b)[Math.ceil(this.#neighbours * NEAR_SHARE) - 1]
    const other = nearest(candidates)
    if (near == null || other == null) return undefined
    return other.rttMs! < Math.min(MUCH_NEARER * near, near - WORTH_MS) ? other : undefined
  }

  /** To those we have; of one not measured yet, as if near. */
  #rttsMs (): number[] {
    const neighbours = [...this.#components.exchange.neighbours()]
    return neighbours
      .filter(({ hello: { role }, isLimited }) => role !== 'bootstrap' && !isLimited)
      .map(({ rttMs }) => rttMs ?? 0)
  }

  async #isOneOfUs (peer: PeerId): Promise<boolean> {
    const { host } = this.#components
    // Whoever is unknown to the peer store has left, or has not said what it speaks.
    const known = await host.peerStore.get(peer).catch(() => undefined)
    return known?.protocols.includes(EXCHANGE_PROTOCOL) === true
  }

  async #meet (peer: PeerId, signal: AbortSignal): Promise<void> {
    const { exchange, penalties, clock, log } = this.#components
    const expired = () => new DeadlineError(`not connected in ${CONNECT_MS} ms`)
    try {
      await untilDeadline(this.#components, clock() + CONNECT_MS, expired, signal =>
        exchange.connect(peer, [], { signal }), { signal })
    } catch (err) {
      if (!signal.aborted) {
        penalties.fail(peer.toString())
        log('could not become a neighbour of %p: %s', peer, (err as Error).message)
      }
    }
  }
}
