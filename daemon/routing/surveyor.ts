/**
 * Where we are: the way to our neighbours, measured, and our place among them.
 * in: neighbours, looked at every few seconds; what others tell of their links to us.
 * out: our links, our coordinate, and who tells of us what is not so.
 */

import type { PeerId } from '@libp2p/interface'
import type { Random } from '../../protocols/clock.ts'
import type { Neighbour } from '../../protocols/exchange/index.ts'
import { type Coordinate, type LinkState, shortIdOf } from '../../protocols/rtt/index.ts'
import { NOWHERE } from './coordinates.ts'
import type { LinkStateTable } from './link-state.ts'
import type { OwnLink, OwnLinks } from './own-links.ts'
import type { Reputation } from './reputation.ts'
import { type Sighting, settle } from './settle.ts'

export interface SurveyedNeighbour extends Pick<Neighbour, 'peer' | 'latestRtt' | 'coordinate'> {
  hello: NonNullable<OwnLink['said']>
}

export interface SurveyorComponents {
  self: PeerId
  neighbours: () => Iterable<SurveyedNeighbour>
  links: OwnLinks
  table: Pick<LinkStateTable, 'get' | 'delete'>
  reputation: Reputation
  random: Random
}

/** So many measurements make an average that others can be held against. */
const ENOUGH_SAMPLES = 3
/** What is told of a link may be so many times what we measure, or less than that part of it… */
const WIDE = 4
/** … unless that is no more than this: short times jump about. */
const NARROW_MS = 20

interface Seen { peer: PeerId, count: number }

export class Surveyor {
  readonly #components: SurveyorComponents
  /** How many measurements of each neighbour we have seen. */
  #seen = new Map<string, Seen>()
  #place: Coordinate = NOWHERE

  constructor (components: SurveyorComponents) {
    this.#components = components
  }

  get place (): Coordinate { return this.#place }

  /** Takes in what was measured since the last look. */
  look (): void {
    const { neighbours, links, random } = this.#components
    const seen = new Map<string, Seen>()
    const sightings: Sighting[] = []
    for (const neighbour of neighbours()) {
      const { peer, latestRtt, hello: { role, region } } = neighbour
      if (latestRtt == null) continue
      const key = peer.toString()
      seen.set(key, { peer, count: latestRtt.count })
      if (this.#seen.get(key)?.count === latestRtt.count) continue
      links.observe(peer, latestRtt.rttMs, { role, region })
      sightings.push(...this.#sighted(neighbour))
    }
    for (const [key, { peer }] of this.#seen) {
      if (!seen.has(key)) links.lost(peer)
    }
    this.#seen = seen
    this.#place = settle(this.#place, sightings, random)
  }

  /** A record was taken: what it tells of us, we know ourselves. */
  hold ({ peer, links: told }: Pick<LinkState, 'peer' | 'links'>): void {
    const { self, links, table, reputation } = this.#components
    const ownId = shortIdOf(self)
    const toldMs = told.find(link => link.peer === ownId)?.rttMs
    const measured = links.of(shortIdOf(peer))
    if (toldMs == null || measured == null || measured.samples < ENOUGH_SAMPLES) return
    if (!isWideGap(toldMs, measured.rttMs)) return
    reputation.blame(peer.toString(), 'lie')
    if (reputation.isShunned(peer.toString())) table.delete(peer)
  }

  /** By its PONGs, which come from everywhere; else by its gossip. */
  #sighted ({ peer, coordinate: said }: SurveyedNeighbour): Sighting[] {
    const { links, table } = this.#components
    const coordinate = said ?? table.get(peer)?.coordinate
    const measured = links.of(shortIdOf(peer))
    return coordinate == null || measured == null ? [] : [{ coordinate, rttMs: measured.rttMs }]
  }
}

function isWideGap (toldMs: number, measuredMs: number): boolean {
  const [less, more] = [Math.min(toldMs, measuredMs), Math.max(toldMs, measuredMs)]
  return more > WIDE * less && more - less > NARROW_MS
}
