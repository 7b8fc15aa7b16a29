/**
 * Neighbours as sources, and those behind them.
 * in: the exchange, who may have a title, routes. out: the neighbours that hold a block, or may;
 * holders that cannot be dialled, over neighbours who relay.
 *
 * A neighbour in the role of edge or origin is a source of that kind, so that a title can be had
 * without any HTTP.
 */

import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import type { Provider } from '../discovery/index.ts'
import type { PeerScores, Routes } from '../routing/index.ts'
import { abortable } from './abort.ts'
import { Bell } from './bell.ts'
import { Crowd } from './crowd.ts'
import { holdingOf, kindOf, saidOf, sourceOf } from './neighbour-source.ts'
import { RelayPaths } from './relay-paths.ts'
import { type Holder, relayedSource } from './relayed-source.ts'
import type { Member } from './share.ts'
import { Swarm, type SwarmComponents, type SwarmInit } from './swarm.ts'
import type { BlockBroker, BlockSource, BlockWant, Claims } from './types.ts'

export interface PeerBrokerComponents extends SwarmComponents {
  exchange: Exchange
  /** Our own; absent: there is but one. */
  region?: string
  /** Absent: none is better than another. */
  scores?: Pick<PeerScores, 'of'>
  /** Absent: only neighbours are asked. */
  routes?: Pick<Routes, 'routeTo' | 'estimate'>
}

export interface PeerBrokerInit extends SwarmInit {
  /**
   * Titles that providers are looked for at a time, {@link DEFAULT_MAX_SWARMS}; the longest unused
   * ends.
   */
  maxSwarms?: number
}

export const DEFAULT_MAX_SWARMS = 32

/** Neighbours asked for a block that nobody is known to hold, at most. */
const MAX_UNKNOWN = 8

/** Holders that cannot be dialled, asked over relays for one block. */
const MAX_FAR = 4

/** Peers dialled of those a busy server names. */
const MAX_HINTED = 8

export class PeerBroker implements BlockBroker {
  readonly name = 'peer'
  readonly #components: PeerBrokerComponents
  readonly #init: PeerBrokerInit
  readonly #crowd: Crowd
  readonly #paths: RelayPaths | undefined
  /** Longest unused first. */
  readonly #swarms = new Map<string, Swarm>()
  /** Rings with the neighbour that told something; without one, when there is a new one. */
  readonly #bell = new Bell<Neighbour | undefined>()
  #lifetime: AbortController | undefined

  constructor (components: PeerBrokerComponents, init: PeerBrokerInit = {}) {
    this.#components = components
    this.#init = init
    this.#crowd = new Crowd(components)
    const { routes } = components
    this.#paths = routes && new RelayPaths({ ...components, routes })
  }

  start (): void {
    if (this.#lifetime != null) {
      return
    }
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    const { events } = this.#components.exchange
    events.addEventListener('open', event => {
      this.#greet((event as CustomEvent<Neighbour>).detail)
    }, { signal })
    events.addEventListener('wrong', event => {
      this.#refuse((event as CustomEvent<Neighbour>).detail)
    }, { signal })
    events.addEventListener('have', event => {
      this.#bell.ring((event as CustomEvent<{ neighbour: Neighbour }>).detail.neighbour)
    }, { signal })
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    const swarms = [...this.#swarms.values()]
    this.#swarms.clear()
    await Promise.all(swarms.map(swarm => swarm.stop()))
  }

  sources (want: BlockWant): BlockSource[] {
    let unknown = 0
    const near = [...this.#components.exchange.neighbours()].flatMap(neighbour => {
      const holds = holdingOf(neighbour, want)
      if (holds == null || (holds === 'unknown' && ++unknown > MAX_UNKNOWN)) {
        return []
      }
      const { clock, scores } = this.#components
      const { score } = scores?.of(neighbour) ?? {}
      const isFar = this.#isFar(neighbour)
      return [sourceOf(neighbour, holds, clock, { ...(score != null && { score }), isFar })]
    })
    return this.#paths == null ? near : [...near, ...this.#relayed(this.#paths, want)]
  }

  ban (sourceId: string, untilMs: number): void {
    for (const { peer } of this.#components.exchange.neighbours()) {
      if (peer.toString() === sourceId) {
        this.#components.exchange.ban(peer, untilMs)
        return
      }
    }
  }

  seek (content: CID): void {
    const key = content.toString()
    const known = this.#swarms.get(key)
    this.#swarms.delete(key)
    if (this.#lifetime == null) {
      return
    }
    const swarm = known == null || known.isOver ? this.#begin(content) : known
    swarm.touch()
    this.#swarms.set(key, swarm)
    const [[oldest, unused] = [key, swarm]] = this.#swarms
    if (this.#swarms.size > (this.#init.maxSwarms ?? DEFAULT_MAX_SWARMS)) {
      this.#swarms.delete(oldest)
      void unused.stop()
    }
  }

  isSeeking (content?: CID): boolean {
    return content != null && this.#swarm(content)?.isSeeking === true
  }

  hint (content: CID, providers: readonly string[]): void {
    this.seek(content)
    void this.#swarm(content)?.meet(named(providers))
  }

  renew (content: CID): boolean {
    this.#swarm(content)?.renew()
    return this.isSeeking(content)
  }

  claims (want: Pick<BlockWant, 'cid' | 'content'>): Claims {
    return this.#crowd.claims(want, this.#told(want))
  }

  /** True when others want the title too, and the block is ours to get. */
  isOurs (want: Pick<BlockWant, 'cid' | 'content'>): boolean {
    return this.#crowd.isOurs(want, this.#told(want))
  }

  /** True when a neighbour has the block, or is getting it. */
  isAround (want: BlockWant): boolean {
    return this.#crowd.has(want)
  }

  /** Resolves when the neighbours have told what they hold of the title, or have had their time. */
  async gathered (content: CID, { signal }: { signal: AbortSignal }): Promise<void> {
    this.seek(content)
    await abortable(this.#swarm(content)?.gathered ?? Promise.resolve(), signal)
  }

  /** Most of what neighbours tell is of other blocks: nobody is woken for that. */
  changed (want: BlockWant, options: { signal: AbortSignal }): Promise<void> {
    const before = new Map([...this.#components.exchange.neighbours()]
      .map(neighbour => [neighbour, holdingOf(neighbour, want)]))
    return this.#bell.wait(options, neighbour =>
      neighbour == null || holdingOf(neighbour, want) !== before.get(neighbour))
  }

  #isFar ({ hello: { role, region } }: Neighbour): boolean {
    const { region: ours } = this.#components
    return ours != null && role === 'peer' && region !== ours
  }

  /** A new neighbour hears of every title in use. */
  #greet (neighbour: Neighbour): void {
    for (const swarm of this.#swarms.values()) {
      if (!swarm.isOver) {
        void swarm.join(neighbour)
      }
    }
    this.#bell.ring(undefined)
  }

  #relayed (paths: RelayPaths, want: BlockWant): BlockSource[] {
    const { clock } = this.#components
    return [...this.#far(want)].slice(0, MAX_FAR).flatMap(holder =>
      paths.to(holder.id).map(path => relayedSource(holder, path, paths, want, clock)))
  }

  /** Who may have the block, and does not send it to us itself. */
  * #far (want: BlockWant): Generator<Holder> {
    const { exchange } = this.#components
    for (const neighbour of exchange.neighbours()) {
      const holds = neighbour.isLimited ? saidOf(neighbour, want) : 'missing'
      if (holds === 'have') {
        const id = neighbour.peer.toString()
        yield { id, kind: kindOf(neighbour), holds, answered: () => {} }
      }
    }
    const swarm = want.content && this.#swarm(want.content)
    for (const holder of swarm?.unreached.list() ?? []) {
      if (exchange.neighbour(holder.peer) == null) yield holder
    }
  }

  /** It sent us wrong bytes to pass on. */
  #refuse ({ peer }: Neighbour): void {
    this.#components.exchange.ban(peer, this.#components.penalties.ban(peer.toString()))
  }

  #begin (content: CID): Swarm {
    const onNews = () => { this.#bell.ring(undefined) }
    const swarm = new Swarm(this.#components, content, onNews, this.#init)
    const key = content.toString()
    void swarm.ended.then(() => {
      if (this.#swarms.get(key) === swarm) this.#swarms.delete(key)
    })
    return swarm
  }

  /** Those that trackers told of. */
  #told ({ content }: Pick<BlockWant, 'content'>): Iterable<Member> | undefined {
    return content && this.#swarm(content)?.members.list()
  }

  #swarm (content: CID): Swarm | undefined {
    return this.#swarms.get(content.toString())
  }
}

/** Those of the addresses that name a peer, by peer. What is no such address is passed over. */
function named (addresses: readonly string[]): Array<Pick<Provider, 'peer' | 'addresses'>> {
  const found = new Map<string, Pick<Provider, 'peer' | 'addresses'>>()
  for (const text of addresses) {
    try {
      const address = multiaddr(text)
      const { name, value } = address.getComponents().at(-1) ?? {}
      if (name === 'p2p' && value != null && (found.has(value) || found.size < MAX_HINTED)) {
        const provider = found.get(value) ?? { peer: peerIdFromString(value), addresses: [] }
        provider.addresses.push(address)
        found.set(value, provider)
      }
    } catch {
      // A server may say anything.
    }
  }
  return [...found.values()]
}
