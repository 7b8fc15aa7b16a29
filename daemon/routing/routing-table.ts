/**
 * How far every node is, and the way to it.
 * in: our measurements, others' link states, coordinates. out: estimates and routes.
 *
 * What we measured ourselves counts before all else. A peer never measured is estimated by its
 * coordinates, held within what links prove: it is not farther than the path over others, and not
 * nearer than a common neighbour leaves room for. Without coordinates the path has to do.
 */

import type { PeerId } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { RouteReport } from '../../protocols/control/routes.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import { type Coordinate, type ShortId, shortIdOf } from '../../protocols/rtt/index.ts'
import { MAX_ROUTE_HOPS } from '../../protocols/limits.ts'
import { bounded, distanceMs, MAX_ERROR } from './coordinates.ts'
import type { LinkStateTable } from './link-state.ts'
import type { OwnLinks } from './own-links.ts'
import { type Graph, type Metric, nodesOf, type Path, shortestPaths } from './shortest-path.ts'
import type { Estimate, Route, RouteOptions, Routes } from './types.ts'

export interface RoutingTableComponents {
  self: PeerId
  links: OwnLinks
  table: LinkStateTable
  /** Where we are, once we know. */
  coordinate?: () => Coordinate | undefined
}

export interface RoutingTableInit {
  /**
   * What the shortest path is short in, `rtt` by default. `hops`: fewer copies of each block in
   * the network, and slower ones.
   */
  by?: Metric
}

/** A route names the holder too. */
export const DEFAULT_MAX_RELAYS = MAX_ROUTE_HOPS - 1

/**
 * What a relay adds to a path beside its links: it holds each block whole before it passes it on.
 * Higher: fewer relays on the way; lower: detours for a few milliseconds.
 */
export const RELAY_COST_MS = 10

/** Share of an RTT that may be jitter: no difference smaller than it proves a distance. */
const NOISE = 0.2

/** Places learned of peers whose link states are not gossiped to us. */
const MAX_PLACES = 4096

type Guess = Estimate & { basis: NonNullable<RouteReport['basis']> }

type Paths = Map<ShortId, Path<ShortId>>

/** As of one state of the links and of the table. */
interface Drawn {
  /** Over those who relay. */
  ways: Paths | undefined
  /** Over anybody: how far each node is at most. */
  distances: Paths | undefined
  ofLinks: number
  ofTable: number
}

export class RoutingTable implements Routes {
  readonly #self: ShortId
  readonly #links: OwnLinks
  readonly #table: LinkStateTable
  readonly #coordinate: () => Coordinate | undefined
  readonly #by: Metric
  readonly #places = new LRUCache<ShortId, Coordinate>(upTo(MAX_PLACES))
  #drawn: Drawn | undefined

  constructor (components: RoutingTableComponents, init: RoutingTableInit = {}) {
    this.#self = shortIdOf(components.self)
    this.#links = components.links
    this.#table = components.table
    this.#coordinate = components.coordinate ?? (() => undefined)
    this.#by = init.by ?? 'rtt'
  }

  /** A peer's place by its node record: of those whose link states are not gossiped to us. */
  learn (peer: PeerId | string, coordinate: Coordinate): void {
    this.#places.set(shortIdOf(peer), bounded(coordinate))
  }

  estimate (peer: string): Estimate | undefined {
    const id = shortIdOf(peer)
    const measured = this.#links.of(id)
    return measured == null ? this.#guess(id) : { rttMs: measured.rttMs, basis: 'measured' }
  }

  routeTo (peer: string, { avoid, maxRelays }: RouteOptions = {}): Route | undefined {
    const isPlain = maxRelays == null && (avoid == null || avoid.size === 0)
    const path = (isPlain ? this.#ways() : this.#draw({ maxRelays, avoid })).get(shortIdOf(peer))
    if (path?.previous == null) return undefined
    return { hops: nodesOf(path).slice(0, -1).map(id => this.#nameOf(id)), rttMs: rttOf(path) }
  }

  rows (): RouteReport[] {
    const ids = new Set(this.#links.all().map(({ id }) => id))
    for (const { peer } of this.#table.nodes()) ids.add(shortIdOf(peer))
    ids.delete(this.#self)
    return [...ids].map(id => this.#row(id)).sort((a, b) => distanceOf(a) - distanceOf(b))
  }

  #row (id: ShortId): RouteReport {
    const path = this.#ways().get(id)
    const measured = this.#links.of(id)
    // Neighbours of other regions gossip where we do not hear them.
    const told = this.#table.byShortId(id) ?? measured?.said
    const guess = this.#guess(id)
    return {
      peer: this.#nameOf(id),
      ...(told != null && { role: told.role, region: told.region }),
      ...(path != null && {
        nextHop: this.#nameOf(nodesOf(path)[0]!), hops: path.hops, pathMs: rttOf(path)
      }),
      ...(measured != null && { measuredMs: measured.rttMs }),
      ...(guess != null && { estimatedMs: guess.rttMs, basis: guess.basis })
    }
  }

  /** Without regard to what we measured of the peer itself. */
  #guess (id: ShortId): Guess | undefined {
    const { leastMs, mostMs } = this.#bounds(id)
    const here = this.#coordinate()
    const there = this.#table.byShortId(id)?.coordinate ?? this.#places.get(id)
    if (here != null && here.error < MAX_ERROR && there != null) {
      const rttMs = Math.min(mostMs, Math.max(leastMs, distanceMs(here, there)))
      return { rttMs, basis: 'coordinates' }
    }
    return mostMs === Infinity ? undefined : { rttMs: mostMs, basis: 'path' }
  }

  /** What links prove: the way over others, and the room that a common neighbour leaves. */
  #bounds (id: ShortId): { leastMs: number, mostMs: number } {
    const paths = this.#distances()
    let leastMs = 0
    let mostMs = Infinity
    for (const [other, linkMs] of this.#table.linksOf(id)) {
      const path = paths.get(other)
      if (other === this.#self || path == null || nodesOf(path).includes(id)) continue
      mostMs = Math.min(mostMs, rttOf(path) + linkMs)
      const measured = this.#links.of(other)
      const toldMs = this.#table.leastLinkMs(id, other)
      if (measured == null || toldMs == null) continue
      const noiseMs = NOISE * Math.max(measured.rttMs, toldMs)
      leastMs = Math.max(leastMs, Math.abs(measured.rttMs - toldMs) - noiseMs)
    }
    return { leastMs, mostMs }
  }

  /** Only nodes of which we have record or connection are on any path. */
  #nameOf (id: ShortId): string {
    return (this.#links.of(id) ?? this.#table.byShortId(id))!.peer.toString()
  }

  #ways (): Paths {
    const drawn = this.#latest()
    drawn.ways ??= this.#draw()
    return drawn.ways
  }

  #distances (): Paths {
    const drawn = this.#latest()
    drawn.distances ??= this.#draw({ overAnybody: true })
    return drawn.distances
  }

  /** Drawn anew when something has changed, and somebody asks. */
  #latest (): Drawn {
    const ofLinks = this.#links.version
    const ofTable = this.#table.version
    if (this.#drawn?.ofLinks !== ofLinks || this.#drawn.ofTable !== ofTable) {
      this.#drawn = { ways: undefined, distances: undefined, ofLinks, ofTable }
    }
    return this.#drawn
  }

  * #relayed (node: ShortId): Generator<readonly [ShortId, number]> {
    for (const [other, rttMs] of this.#table.linksOf(node)) yield [other, rttMs + RELAY_COST_MS]
  }

  /** Our own links are as we measure them, whatever the other end reports. */
  #draw ({
    maxRelays = DEFAULT_MAX_RELAYS, avoid = new Set(), overAnybody = false
  }: RouteOptions & { overAnybody?: boolean } = {}): Paths {
    const avoided = new Set([...avoid].map(peer => shortIdOf(peer)))
    const isOpen = (node: ShortId): boolean => !avoided.has(node) &&
      (overAnybody || this.#table.byShortId(node)?.relays === true)
    const own = this.#links.all().map(({ id, rttMs }) => [id, rttMs] as const)
    const graph: Graph<ShortId> = {
      linksOf: node => {
        if (node === this.#self) return own
        return isOpen(node) ? this.#relayed(node) : []
      }
    }
    return shortestPaths(graph, this.#self, this.#by, { maxHops: maxRelays + 1 })
  }
}

function rttOf ({ rttMs, hops }: Path<ShortId>): number {
  return rttMs - RELAY_COST_MS * (hops - 1)
}

function distanceOf ({ measuredMs, estimatedMs }: RouteReport): number {
  return measuredMs ?? estimatedMs ?? Infinity
}
