/**
 * The neighbours who play one title with us.
 * in: a content ID and where to look for providers. out: open INTEREST channels with some who hold
 * it, looked for again while the title is in use.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import PQueue from 'p-queue'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import { DeadlineError } from '../../protocols/errors.ts'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import { MAX_PROVIDERS } from '../../protocols/limits.ts'
import type { Provider, ProviderSource } from '../discovery/index.ts'
import { type PenaltyBook, score } from '../routing/index.ts'
import { pause, untilDeadline } from './abort.ts'

export interface SwarmComponents {
  /** Our own, which providers may name. */
  peerId: PeerId
  exchange: Pick<Exchange, 'neighbours' | 'neighbour' | 'connect'>
  /** All sources merged. */
  providers: Pick<ProviderSource, 'find'>
  penalties: PenaltyBook
  clock: Clock
  timer: Timer
  random: Random
  log: Logger
}

export interface SwarmInit {
  /** Holders to be connected to, {@link DEFAULT_MAX_HOLDERS}. */
  maxHolders?: number
  /** Without a fetch for so long, the search ends; {@link DEFAULT_IDLE_MS}. */
  idleMs?: number
}

/** Higher: more choice and upload capacity; lower: fewer connections. */
export const DEFAULT_MAX_HOLDERS = 8

export const DEFAULT_IDLE_MS = 90_000

/**
 * With fewer peers than this the search is repeated sooner, and edges and origins are dialled too.
 */
export const FEW_HOLDERS = 2

const FIRST_REFRESH_MS = 2_000
const REFRESH_MS = 30_000
const ROUND_MS = 8_000
const CONNECT_MS = 3_000
const DIALS = 4
/** A search that has brought nothing for so long no longer keeps anyone from saying "not found". */
const SETTLE_MS = 2_000

export class Swarm {
  readonly content: CID
  readonly #components: SwarmComponents
  readonly #maxHolders: number
  readonly #idleMs: number
  readonly #lifetime = new AbortController()
  readonly #asked = new WeakSet<Neighbour>()
  readonly #startedMs: number
  readonly #done: Promise<void>
  #usedMs: number
  #isSettled = false

  constructor (
    components: SwarmComponents, content: CID, onSettled: () => void, init: SwarmInit = {}
  ) {
    this.content = content
    this.#components = components
    this.#maxHolders = init.maxHolders ?? DEFAULT_MAX_HOLDERS
    this.#idleMs = init.idleMs ?? DEFAULT_IDLE_MS
    this.#startedMs = this.#usedMs = components.clock()
    this.#done = this.#run(onSettled)
  }

  /** True until the first round of the search has ended or has had its time. */
  get isSeeking (): boolean {
    return !this.#isSettled && this.#components.clock() - this.#startedMs < SETTLE_MS
  }

  get usedMs (): number {
    return this.#usedMs
  }

  get isOver (): boolean {
    return this.#lifetime.signal.aborted
  }

  /** The title is still in use. */
  touch (): void {
    this.#usedMs = this.#components.clock()
  }

  /** Tells a neighbour that we want to hear what it holds; once each. */
  async join (neighbour: Neighbour): Promise<void> {
    if (this.#asked.has(neighbour) || neighbour.hello.role === 'bootstrap') {
      return
    }
    this.#asked.add(neighbour)
    try {
      await this.#within(CONNECT_MS, signal => neighbour.interest(this.content, { signal }))
    } catch (err) {
      this.#asked.delete(neighbour)
      if (!this.isOver) {
        const { message } = err as Error
        this.#components.log('%p does not say what it holds of %c: %s',
          neighbour.peer, this.content, message)
      }
    }
  }

  async stop (): Promise<void> {
    this.#lifetime.abort()
    await this.#done
  }

  async #run (onSettled: () => void): Promise<void> {
    const { clock, timer, random } = this.#components
    let refreshMs = FIRST_REFRESH_MS
    while (!this.isOver) {
      await this.#round()
      this.#isSettled = true
      onSettled()
      refreshMs = this.#holders() < FEW_HOLDERS ? Math.min(refreshMs * 2, REFRESH_MS) : REFRESH_MS
      await pause(timer, refreshMs * (0.75 + random() / 2), this.#lifetime.signal)
      if (clock() - this.#usedMs > this.#idleMs) {
        this.#lifetime.abort()
      }
    }
  }

  /** Asks the neighbours we have, and looks for more where that is too few. Never rejects. */
  async #round (): Promise<void> {
    const neighbours = [...this.#components.exchange.neighbours()]
    try {
      await Promise.all([
        ...neighbours.map(neighbour => this.join(neighbour)),
        this.#within(ROUND_MS, signal => this.#look(signal))
      ])
    } catch (err) {
      this.#components.log('could not look for providers of %c: %s',
        this.content, (err as Error).message)
    }
  }

  /** Connects to peers as they are told of, and to edges and origins when those are few. */
  async #look (signal: AbortSignal): Promise<void> {
    const queue = new PQueue({ concurrency: DIALS })
    const servers: Provider[] = []
    let seen = 0
    for await (const provider of this.#components.providers.find(this.content, { signal })) {
      if (++seen > MAX_PROVIDERS || this.#holders() >= this.#maxHolders) {
        break
      }
      if (provider.role === 'edge' || provider.role === 'origin') {
        servers.push(provider)
      } else {
        void queue.add(() => this.#meet(provider, this.#maxHolders, signal), {
          priority: worth(provider)
        })
      }
    }
    await queue.onIdle()
    for (const server of servers) {
      void queue.add(() => this.#meet(server, FEW_HOLDERS, signal), { priority: worth(server) })
    }
    await queue.onIdle()
  }

  /** Connects to a provider while fewer than `enough` hold something. Never rejects. */
  async #meet (
    { peer, addresses }: Provider, enough: number, roundSignal: AbortSignal
  ): Promise<void> {
    const { exchange, penalties, peerId, log } = this.#components
    if (roundSignal.aborted || this.#holders() >= enough || peer.equals(peerId) ||
      penalties.isBlocked(peer.toString())) {
      return
    }
    try {
      await this.join(exchange.neighbour(peer) ?? await this.#within(CONNECT_MS, signal =>
        exchange.connect(peer, addresses, { signal })))
    } catch (err) {
      if (!this.isOver) {
        penalties.fail(peer.toString())
        log('could not connect to %p: %s', peer, (err as Error).message)
      }
    }
  }

  /** Neighbours that hold something of the title. */
  #holders (): number {
    const neighbours = [...this.#components.exchange.neighbours()]
    return neighbours.filter(neighbour => neighbour.holdsAny(this.content)).length
  }

  #within<T> (ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#components
    const expired = () => new DeadlineError(`not done in ${ms} ms`)
    const { signal } = this.#lifetime
    return untilDeadline(this.#components, clock() + ms, expired, run, { signal })
  }
}

function worth ({ rttMs }: Provider): number {
  return score({ ...(rttMs != null && { rttMs }) })
}
