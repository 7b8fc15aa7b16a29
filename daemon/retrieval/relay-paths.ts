/**
 * Ways to holders that we cannot dial, over neighbours who relay.
 * in: routes, which hop stood in the way of a WANT. out: for each holder the best way, and another
 * beside it that shares no relay with it, where there are such.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../protocols/clock.ts'
import { type Exchange, type Neighbour, RELAY_FEATURE } from '../../protocols/exchange/index.ts'
import { MAX_ROUTE_HOPS } from '../../protocols/limits.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import type { PenaltyBook, Routes } from '../routing/index.ts'
import { RelayPath } from './relay-path.ts'

export interface RelayPathsComponents {
  routes: Pick<Routes, 'routeTo'>
  exchange: Pick<Exchange, 'neighbours'>
  penalties: Pick<PenaltyBook, 'isBanned'>
  clock: Clock
}

/** Higher: less reckoning; lower: a shorter way is taken sooner. */
const FRESH_MS = 2_000
/** Where none is known, somebody may be waiting for the first. */
const FRESH_NONE_MS = 250

/**
 * A hop that stood in the way is left out for so long; each further time for twice as long, until
 * it has been of use for that long.
 */
export const AVOID_MS = 5_000
const MAX_AVOID_MS = 60_000

/** A holder that so many relays in a row could not reach has left; links are told of for longer. */
const MAX_STRIKES = 2

/** A relay that has named so many others, and brought nothing, may be what stands in the way. */
const MAX_DOUBTS = 4
const MAX_AVOIDED = 256

/** Ways to one holder at a time: a second one helps when the first is silent. */
const MAX_WAYS = 2
/** Routes looked at for them. */
const MAX_LOOKS = 8
const MAX_HOLDERS = 256

/** What is known of the ways to one holder. */
interface Ways {
  /** Relays in a row that could not reach it. */
  strikes: number
  paths: RelayPath[]
  staleMs: number
  /** Relays that do not reach it; itself too, when it is nobody's neighbour any more. */
  avoided: Avoided
}

type Avoided = LRUCache<string, { endMs: number, forMs: number }>

export class RelayPaths {
  readonly #components: RelayPathsComponents
  readonly #ways = new LRUCache<string, Ways>(upTo(MAX_HOLDERS))
  /** Hops that stood in the way to anybody. */
  readonly #avoided: Avoided = new LRUCache(upTo(MAX_AVOIDED))
  /** What each neighbour said of others since it last was of use. */
  readonly #doubts = new LRUCache<string, number>(upTo(MAX_AVOIDED))

  constructor (components: RelayPathsComponents) {
    this.#components = components
  }

  /** The best first; none where nobody we know leads there. */
  to (holder: string): readonly RelayPath[] {
    const ways = this.#of(holder)
    const neighbours = new Map([...this.#components.exchange.neighbours()]
      .map(neighbour => [neighbour.peer.toString(), neighbour]))
    const isGone = ways.paths.some(({ hops, first }) => neighbours.get(hops[0]!) !== first)
    const now = this.#components.clock()
    if (isGone || now >= ways.staleMs) {
      ways.paths = this.#look(holder, ways, neighbours)
      ways.staleMs = now + (ways.paths.length > 0 ? FRESH_MS : FRESH_NONE_MS)
    }
    return ways.paths
  }

  /** `hop` stood in the way, as a relay said. It is not heard on others than those on that way. */
  blocked ({ hops }: RelayPath, hop: string): void {
    const [first = '', holder = ''] = [hops[0], hops.at(-1)]
    const ways = this.#of(holder)
    // Who cannot reach the holder is of no use, nor one who names somebody else.
    const culprit = hop === holder ? hops.at(-2)! : hops.includes(hop) ? hop : first
    const isNews = !this.#isAvoided(ways, culprit)
    this.#avoid(hop === holder ? ways.avoided : this.#avoided, culprit)
    if (isNews && hop === holder && ++ways.strikes >= MAX_STRIKES) this.#avoid(ways.avoided, holder)
    if (isNews) this.#doubt(first)
    this.#ways.forEach(each => { each.staleMs = 0 })
  }

  /** The holder answered. */
  reached ({ hops }: RelayPath): void {
    this.#of(hops.at(-1)!).strikes = 0
    this.#doubts.delete(hops[0]!)
  }

  /** It may be right about others; but if it only ever names others, it is left out itself. */
  #doubt (first: string): void {
    const doubts = (this.#doubts.get(first) ?? 0) + 1
    this.#doubts.set(first, doubts % MAX_DOUBTS)
    if (doubts === MAX_DOUBTS) this.#avoid(this.#avoided, first)
  }

  #isAvoided ({ avoided }: Pick<Ways, 'avoided'>, id: string): boolean {
    const endMs = Math.max(avoided.get(id)?.endMs ?? 0, this.#avoided.get(id)?.endMs ?? 0)
    return endMs > this.#components.clock()
  }

  #avoid (avoided: Avoided, id: string): void {
    const now = this.#components.clock()
    const forMs = longerThan(avoided.get(id), now)
    avoided.set(id, { endMs: now + forMs, forMs })
  }

  #of (holder: string): Ways {
    const known = this.#ways.get(holder)
    if (known != null) return known
    const avoided: Avoided = new LRUCache(upTo(MAX_AVOIDED))
    const ways: Ways = { strikes: 0, paths: [], staleMs: 0, avoided }
    this.#ways.set(holder, ways)
    return ways
  }

  #look (
    holder: string, ways: Ways, neighbours: ReadonlyMap<string, Neighbour>
  ): RelayPath[] {
    const { routes, clock } = this.#components
    const avoid = new Set([...ways.avoided.keys(), ...this.#avoided.keys()]
      .filter(id => this.#isAvoided(ways, id)))
    const paths: RelayPath[] = []
    if (avoid.has(holder)) return paths
    for (let look = 0; look < MAX_LOOKS && paths.length < MAX_WAYS; look++) {
      const route = routes.routeTo(holder, { avoid })
      const [nearest] = route?.hops ?? []
      if (route == null || nearest == null || route.hops.length >= MAX_ROUTE_HOPS) {
        break
      }
      const hops = [...route.hops, holder]
      const unfit = this.#unfit(hops, neighbours)
      if (unfit == null) {
        const first = neighbours.get(nearest)!
        const id = hops.join('/')
        const path = ways.paths.find(known => known.id === id && known.first === first) ??
          new RelayPath(clock, first, hops, route.rttMs)
        path.rttMs = route.rttMs
        paths.push(path)
      }
      for (const hop of unfit == null ? route.hops : [unfit]) avoid.add(hop)
    }
    return paths
  }

  /** A relay of the route that we do not use. */
  #unfit (
    hops: readonly string[], neighbours: ReadonlyMap<string, Neighbour>
  ): string | undefined {
    const [nearest = '', ...rest] = hops.slice(0, -1)
    const first = neighbours.get(nearest)
    const isOpen = first != null && !first.isLimited &&
      first.hello.features.includes(RELAY_FEATURE)
    return isOpen
      ? [nearest, ...rest].find(hop => this.#components.penalties.isBanned(hop))
      : nearest
  }
}

/** Requests that were under way together count once. */
function longerThan (before: ReturnType<Avoided['get']>, now: number): number {
  if (before == null || now > before.endMs + before.forMs) return AVOID_MS
  return now < before.endMs ? before.forMs : Math.min(2 * before.forMs, MAX_AVOID_MS)
}
