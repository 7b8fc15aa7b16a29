/**
 * Our links: round-trip times to the peers we are connected to, and which of them we tell of.
 * in: single measurements. out: smoothed times, the links to gossip, whether they are news.
 */

import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../../protocols/clock.ts'
import type { Hello } from '../../protocols/exchange/index.ts'
import { MAX_LINKS } from '../../protocols/limits.ts'
import { type ShortId, shortIdOf, SmoothedRtt } from '../../protocols/rtt/index.ts'

export interface OwnLinksComponents {
  self: PeerId
  clock: Clock
}

export interface OwnLinksInit {
  /**
   * A link not measured for so long is none, {@link DEFAULT_LINK_TIMEOUT_MS}. Higher: rides out
   * lost PONGs; lower: routes leave a dead neighbour sooner.
   */
  timeoutMs?: number
}

export interface OwnLink {
  peer: PeerId
  id: ShortId
  /** Smoothed. */
  rttMs: number
  /** Measurements so far. */
  samples: number
  /** What the peer says it is. */
  said?: Pick<Hello, 'role' | 'region'>
}

/** Three beats of PING between neighbours that exchange nothing, each a tenth late. */
export const DEFAULT_LINK_TIMEOUT_MS = 135_000

/** Links measured at a time; the longest silent makes room. */
const MAX_MEASURED = 1024
const NEAR_LINKS = MAX_LINKS / 2
/** A link that was told of is left for one that is nearer than this share of it. */
const STAYS_WITHIN = 0.8
/** Changes of shorter links are held against this: half a millisecond is no news. */
const SHORT_MS = 5
/** Of a link that is new, or gone. */
const ALL_OF_IT = 1

interface Measured extends OwnLink {
  /** {@link between} us and it. */
  lot: number
  smoothed: SmoothedRtt
  measuredAtMs: number
}

export class OwnLinks {
  readonly #self: ShortId
  readonly #now: Clock
  readonly #timeoutMs: number
  /** The longest silent first. */
  readonly #measured = new Map<ShortId, Measured>()
  #told = new Map<ShortId, number>()
  #version = 0

  constructor ({ self, clock }: OwnLinksComponents, init: OwnLinksInit = {}) {
    this.#self = shortIdOf(self)
    this.#now = clock
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_LINK_TIMEOUT_MS
  }

  /** Another after each change. */
  get version (): number {
    this.#expire()
    return this.#version
  }

  /** One measurement, as it came. What is no time is not taken. */
  observe (peer: PeerId, rttMs: number, said?: OwnLink['said']): void {
    if (!(rttMs >= 0 && rttMs < Infinity)) return
    const id = shortIdOf(peer)
    const { smoothed = new SmoothedRtt(), lot = between(this.#self, id) } =
      this.#measured.get(id) ?? {}
    smoothed.add(rttMs)
    this.#measured.delete(id)
    this.#measured.set(id, {
      peer,
      id,
      rttMs: smoothed.rttMs!,
      samples: smoothed.samples,
      lot,
      smoothed,
      measuredAtMs: this.#now(),
      ...(said != null && { said })
    })
    this.#version++
    if (this.#measured.size > MAX_MEASURED) this.#forget(this.#measured.keys().next().value!)
  }

  /** The connection is gone. */
  lost (peer: PeerId): void {
    this.#forget(shortIdOf(peer))
  }

  of (peer: ShortId): OwnLink | undefined {
    this.#expire()
    return this.#measured.get(peer)
  }

  /** All links there are. */
  all (): OwnLink[] {
    this.#expire()
    return [...this.#measured.values()]
  }

  /**
   * The links to tell of, MAX_LINKS at most: half of them the nearest; the others by both ends'
   * names alone, as chance as any, but the same at both ends: one end's word is worth nothing.
   */
  list (): OwnLink[] {
    this.#expire()
    const byDistance = [...this.#measured.values()].map(link =>
      ({ link, farMs: link.rttMs * (this.#told.has(link.id) ? STAYS_WITHIN : 1) }))
      .sort((a, b) => a.farMs - b.farMs).map(({ link }) => link)
    const near = byDistance.slice(0, NEAR_LINKS)
    const others = byDistance.slice(NEAR_LINKS).sort((a, b) => a.lot - b.lot)
    return [...near, ...others.slice(0, MAX_LINKS - near.length)]
  }

  /** The largest change of any link since the last {@link told}, as a share; 1 for come or gone. */
  changedBy (): number {
    const links = this.list()
    const changes = links.map(({ id, rttMs }) => {
      const toldMs = this.#told.get(id)
      return toldMs == null ? ALL_OF_IT : Math.abs(rttMs - toldMs) / Math.max(toldMs, SHORT_MS)
    })
    const listed = new Set(links.map(({ id }) => id))
    const isGone = [...this.#told.keys()].some(id => !listed.has(id))
    return Math.max(0, ...changes, isGone ? ALL_OF_IT : 0)
  }

  /** What {@link list} says now has been gossiped. */
  told (): void {
    this.#told = new Map(this.list().map(({ id, rttMs }) => [id, rttMs]))
  }

  #expire (): void {
    const deadMs = this.#now() - this.#timeoutMs
    for (const { id, measuredAtMs } of this.#measured.values()) {
      if (measuredAtMs > deadMs) return
      this.#forget(id)
    }
  }

  #forget (id: ShortId): void {
    if (this.#measured.delete(id)) this.#version++
  }
}

const HEX = 16
const DIGITS = 12

/** The same for both ends: their short IDs, XORed as numbers of 48 bits. */
function between (a: ShortId, b: ShortId): number {
  let distance = 0
  for (let at = 0; at < DIGITS; at++) {
    distance = distance * HEX +
      (Number.parseInt(a[at]!, HEX) ^ Number.parseInt(b[at]!, HEX))
  }
  return distance
}
