/**
 * Neighbours as sources.
 * in: the exchange, and who may have a title. out: the neighbours that hold a block, or may.
 *
 * A neighbour in the role of edge or origin is a source of that kind, so that a title can be had
 * without any HTTP.
 */

import type { CID } from 'multiformats/cid'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import { Bell } from './bell.ts'
import { Swarm, type SwarmComponents, type SwarmInit } from './swarm.ts'
import type { BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface PeerBrokerComponents extends SwarmComponents {
  exchange: Exchange
}

export interface PeerBrokerInit extends SwarmInit {
  /**
   * Titles that providers are looked for at a time, {@link DEFAULT_MAX_SWARMS}; the longest unused
   * ends.
   */
  maxSwarms?: number
}

export const DEFAULT_MAX_SWARMS = 32

/**
 * Before so many bytes have come, a rate is that of small answers: it tells of round trips, not of
 * the link.
 */
const MIN_RATED_BYTES = 64 * 1024

/** Neighbours asked for a block that nobody is known to hold, at most. */
const MAX_UNKNOWN = 8

export class PeerBroker implements BlockBroker {
  readonly name = 'peer'
  readonly #components: PeerBrokerComponents
  readonly #init: PeerBrokerInit
  readonly #swarms = new Map<string, Swarm>()
  readonly #bell = new Bell()
  #lifetime: AbortController | undefined

  constructor (components: PeerBrokerComponents, init: PeerBrokerInit = {}) {
    this.#components = components
    this.#init = init
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
    events.addEventListener('have', () => { this.#bell.ring() }, { signal })
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
    return [...this.#components.exchange.neighbours()].flatMap(neighbour => {
      const holds = holdingOf(neighbour, want)
      if (holds == null || (holds === 'unknown' && ++unknown > MAX_UNKNOWN)) {
        return []
      }
      return [this.#source(neighbour, holds)]
    })
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
    const swarm = known == null || known.isOver
      ? new Swarm(this.#components, content, () => { this.#bell.ring() }, this.#init)
      : known
    swarm.touch()
    this.#swarms.set(key, swarm)
    const [[oldest, unused] = [key, swarm]] = this.#swarms
    if (this.#swarms.size > (this.#init.maxSwarms ?? DEFAULT_MAX_SWARMS)) {
      this.#swarms.delete(oldest)
      void unused.stop()
    }
  }

  isSeeking (content?: CID): boolean {
    return content != null && this.#swarms.get(content.toString())?.isSeeking === true
  }

  changed (options: { signal: AbortSignal }): Promise<void> {
    return this.#bell.wait(options)
  }

  /** A new neighbour hears of every title in use. */
  #greet (neighbour: Neighbour): void {
    for (const swarm of this.#swarms.values()) {
      if (!swarm.isOver) {
        void swarm.join(neighbour)
      }
    }
    this.#bell.ring()
  }

  #source (neighbour: Neighbour, holds: BlockSource['holds']): BlockSource {
    const { clock } = this.#components
    const { peer, hello: { role }, rttMs, rateBytesPerSecond, inFlight, receivedBytes } = neighbour
    return {
      kind: role === 'edge' || role === 'origin' ? role : 'peer',
      id: peer.toString(),
      node: peer.toString(),
      rttMs,
      rateBytesPerSecond: receivedBytes < MIN_RATED_BYTES ? undefined : rateBytesPerSecond,
      inFlight,
      progress: () => neighbour.receivedBytes,
      holds,
      fetch: ({ cid, size, content, priority, deadlineMs }, options) => neighbour.want({
        cid,
        size,
        priority,
        deadlineMs: Math.max(0, deadlineMs - clock()),
        ...(content != null && { content })
      }, options)
    }
  }
}

/** What may be expected of a neighbour; undefined when it need not be asked. */
function holdingOf (neighbour: Neighbour, want: BlockWant): BlockSource['holds'] | undefined {
  const { hello: { role } } = neighbour
  if (role === 'bootstrap') {
    return undefined
  }
  const said = saidOf(neighbour, want)
  // An edge can get what it does not hold, so its "missing" is not the last word.
  return said === 'missing' ? (role === 'peer' ? undefined : 'unknown') : said
}

function saidOf (
  neighbour: Neighbour, { content, rendition, number }: BlockWant
): ReturnType<Neighbour['holds']> {
  if (content == null) {
    return 'unknown'
  }
  if (rendition != null && number != null) {
    return neighbour.holds(content, rendition, number)
  }
  // Root, pages and init sections have no bit: whoever plays the title has read them.
  return neighbour.holdsAny(content) ? 'have' : 'unknown'
}
