/**
 * Finds peers for a swarm.
 * in: a content ID and where to look for providers. out: connections to some of them, the best
 * first, no more than are needed.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import PQueue from 'p-queue'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import { DeadlineError } from '../../protocols/errors.ts'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import { MAX_PROVIDERS } from '../../protocols/limits.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import type { Provider, ProviderSource } from '../discovery/index.ts'
import type { PenaltyBook, Routes } from '../routing/index.ts'
import { pause, untilDeadline } from './abort.ts'
import type { Members } from './members.ts'
import { nearOrFar } from './near-and-far.ts'
import type { Dialled, Unreached } from './unreached.ts'

export interface RecruiterComponents {
  /** Our own, which providers may name. */
  peerId: PeerId
  exchange: Pick<Exchange, 'neighbours' | 'neighbour' | 'connect'>
  /** All sources merged. */
  providers: Pick<ProviderSource, 'find'>
  penalties: PenaltyBook
  /** Told of those who want the title. */
  members: Pick<Members, 'add'>
  /** Who is near; otherwise only what whoever names a provider says of it. */
  routes?: Pick<Routes, 'estimate'>
  /** Told of those that cannot be dialled. */
  unreached: Pick<Unreached, 'add' | 'delete'>
  clock: Clock
  timer: Timer
  random: Random
  log: Logger
}

export interface RecruiterInit {
  /** Holders to be connected to, {@link DEFAULT_MAX_HOLDERS}. */
  maxHolders?: number
  /** Whom to dial is left to chance. */
  ignoresRtt?: boolean
}

/** Higher: more choice and upload capacity; lower: fewer connections. */
export const DEFAULT_MAX_HOLDERS = 8

/**
 * With fewer peers than this the search is repeated sooner, and edges and origins are dialled too.
 */
const FEW_HOLDERS = 2

/** For one connection. A machine under load takes its time: to begin anew makes it no faster. */
const CONNECT_MS = 10_000
/** After so long others are dialled beside it. */
const PATIENCE_MS = 3_000
/** After so long others are asked to pass our WANTs on, until it is connected. */
const RELAY_AFTER_MS = 2_000
const DIALS = 4

type Named = Dialled & Pick<Provider, 'addresses'>

export class Recruiter {
  readonly #components: RecruiterComponents
  readonly #content: CID
  readonly #join: (neighbour: Neighbour) => Promise<void>
  readonly #lifetime: AbortSignal
  readonly #reaching = new Set<string>()
  /** Of whom the log has said that they are out of reach: they are tried again and again. */
  readonly #complained = new LRUCache<string, true>(upTo(MAX_PROVIDERS))
  readonly #maxHolders: number
  readonly #ignoresRtt: boolean
  #taken = 0
  /** What {@link #hasEnough} found last, and when. */
  #counted = { atMs: -Infinity, isEnough: false }

  /** `join` makes a neighbour tell what it holds; `lifetime` ends the dialling. */
  constructor (
    components: RecruiterComponents, content: CID,
    { join, lifetime }: { join: (neighbour: Neighbour) => Promise<void>, lifetime: AbortSignal },
    init: RecruiterInit = {}
  ) {
    this.#components = components
    this.#content = content
    this.#join = join
    this.#lifetime = lifetime
    this.#maxHolders = init.maxHolders ?? DEFAULT_MAX_HOLDERS
    this.#ignoresRtt = init.ignoresRtt ?? false
  }

  /** Fewer than {@link FEW_HOLDERS} neighbours hold something of the title. */
  get hasFew (): boolean {
    let holders = 0
    for (const neighbour of this.#components.exchange.neighbours()) {
      if (holders >= FEW_HOLDERS) break
      holders += Number(!neighbour.isLimited && neighbour.holdsAny(this.#content) === true)
    }
    return holders < FEW_HOLDERS
  }

  /**
   * As many neighbours as we look for hold something of it, or are about to. Counted once for all
   * who are told of at one time, unless there is a new neighbour.
   */
  get #hasEnough (): boolean {
    const atMs = this.#components.clock()
    if (this.#counted.atMs !== atMs) this.#counted = { atMs, isEnough: this.#count() }
    return this.#counted.isEnough
  }

  #count (): boolean {
    let mates = 0
    for (const neighbour of this.#components.exchange.neighbours()) {
      if (mates >= this.#maxHolders) break
      mates += Number(neighbour.holdsAny(this.#content) || neighbour.isInterested(this.#content))
    }
    return mates >= this.#maxHolders
  }

  /** Connects to peers as they are told of, and to edges and origins when those are few. */
  async look (signal: AbortSignal): Promise<void> {
    const queue = new PQueue({ concurrency: DIALS, autoStart: false })
    // What one tracker names at once is dialled in order.
    const stopTimer = this.#components.timer(0, () => { queue.start() })
    const servers: Provider[] = []
    const waiting: Provider[] = []
    let seen = 0
    for await (const provider of this.#components.providers.find(this.#content, { signal })) {
      // The rest would be names only, and the DHT's do not say who wants the title now.
      const isEnough = provider.via === 'dht' && this.#hasEnough
      if (++seen > MAX_PROVIDERS || isEnough) {
        break
      }
      if (provider.isInterested === true) {
        this.#components.members.add(provider.peer.toString(), provider.region)
      }
      if (provider.role === 'edge' || provider.role === 'origin') {
        servers.push(provider)
      } else {
        waiting.push(this.#placed(provider))
        void queue.add(() => this.#meetNext(waiting, signal))
      }
    }
    stopTimer()
    queue.start()
    await queue.onIdle()
    for (const server of servers.map(server => this.#placed(server)).sort(byDistance)) {
      void queue.add(async () => {
        if (this.hasFew) {
          await this.#meet(server, signal)
        }
      })
    }
    await queue.onIdle()
  }

  /** Connects to those somebody named, while there is room. Never rejects. */
  async meet (
    named: readonly Named[], signal: AbortSignal
  ): Promise<void> {
    const queue = new PQueue({ concurrency: DIALS })
    await queue.addAll(named.map(provider => () => this.#meetPeer(provider, signal)))
  }

  /** Near ones first, for the most part: of all that wait by now. */
  async #meetNext (waiting: Provider[], signal: AbortSignal): Promise<void> {
    const { random } = this.#components
    const next = this.#ignoresRtt
      ? waiting[Math.floor(random() * waiting.length)]
      : nearOrFar(waiting, this.#taken++, random)
    if (next == null) return
    waiting.splice(waiting.indexOf(next), 1)
    await this.#meetPeer(next, signal)
  }

  async #meetPeer (provider: Named, signal: AbortSignal): Promise<void> {
    if (!this.#hasEnough) {
      await this.#meet(provider, signal)
    }
  }

  /** Connects to a provider; resolves when that is done or takes long. Never rejects. */
  async #meet (provider: Named, signal: AbortSignal): Promise<void> {
    const { penalties, peerId, timer, unreached } = this.#components
    const { peer } = provider
    const id = peer.toString()
    if (signal.aborted || peer.equals(peerId) || penalties.isBlocked(id) ||
      this.#reaching.has(id)) {
      return
    }
    const reached = new AbortController()
    this.#reaching.add(id)
    void this.#reach(provider).finally(() => {
      this.#reaching.delete(id)
      reached.abort()
    })
    const ends = AbortSignal.any([signal, reached.signal])
    await pause(timer, RELAY_AFTER_MS, ends)
    if (!ends.aborted) unreached.add(provider)
    await pause(timer, PATIENCE_MS - RELAY_AFTER_MS, ends)
  }

  /** Never rejects. */
  async #reach (provider: Named): Promise<void> {
    const { exchange, penalties, unreached, log } = this.#components
    const { peer, addresses } = provider
    try {
      const neighbour = exchange.neighbour(peer) ?? await this.#connect(peer, addresses)
      this.#counted.atMs = -Infinity
      unreached.delete(peer.toString())
      this.#complained.delete(peer.toString())
      await this.#join(neighbour)
    } catch (err) {
      if (!this.#lifetime.aborted) {
        penalties.fail(peer.toString())
        if (isOutOfReach(err as Error)) unreached.add(provider)
        const isNews = !this.#complained.has(peer.toString())
        this.#complained.set(peer.toString(), true)
        if (isNews) log('could not connect to %p: %s', peer, (err as Error).message)
      }
    }
  }

  #connect (peer: PeerId, addresses: Provider['addresses']): Promise<Neighbour> {
    const { clock, exchange } = this.#components
    const expired = () => new DeadlineError(`not connected in ${CONNECT_MS} ms`)
    return untilDeadline(this.#components, clock() + CONNECT_MS, expired, signal =>
      exchange.connect(peer, addresses, { signal }), { signal: this.#lifetime })
  }

  /** By what we know ourselves, else by whoever named it. */
  #placed (provider: Provider): Provider {
    const rttMs = this.#components.routes?.estimate(provider.peer.toString())?.rttMs
    return rttMs == null ? provider : { ...provider, rttMs }
  }
}

/** Of what nobody knows, as if far. */
function byDistance ({ rttMs: a = Infinity }: Provider, { rttMs: b = Infinity }: Provider): number {
  return a === b ? 0 : a - b
}

/** Not that one of us will not have the other. */
function isOutOfReach ({ name }: Error): boolean {
  return name === 'PeerGoneError' || name === 'DeadlineError'
}
