/**
 * Whom a tracker names to an asker: mostly near ones, some at random, some far, origins last.
 * in: everyone who has it, and who asks.
 * out: at most `limit` of them, same region first, then by estimated RTT.
 *
 * Nearest-only would split a swarm into islands, and starve those that are near to nobody.
 */

import type { Random } from '../protocols/clock.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'
import {
  distanceTo, errorOf, landmarkBound, measuredRtt, peerNumber, type Sketch
} from './sketch.ts'

/** What is known of who asks; of a stranger, nothing. */
export interface Asker extends Partial<Pick<NodeRecord, 'region' | 'rtts' | 'coordinate'>> {
  peer?: string
}

export interface HandoutOptions {
  limit: number
  random: Random
}

/** Shares of the places, when there are more candidates than places. */
const FAR_SHARE = 1 / 8
const RANDOM_SHARE = 1 / 4
const ORIGIN_SHARE = 1 / 8
/** A coordinate that is farther off, as a share of the RTT, says less than landmarks do. */
const MAX_COORDINATE_ERROR = 0.5
/** Behind any RTT; and for another region, behind that. */
const UNKNOWN_MS = 1e6
const ABROAD_MS = 1e9
/** Among equals nobody is first by the order of arrival. */
const TIE_MS = 1e-4

interface Candidate { sketch: Sketch }
interface Ranked<T> { candidate: T, rttMs: number | undefined, order: number }

export function handout<T extends Candidate> (
  candidates: T[], asker: Asker, { limit, random }: HandoutOptions
): Array<T & { rttMs?: number }> {
  const estimate = rttEstimator(asker)
  const origins: Array<Ranked<T>> = []
  const others: Array<Ranked<T>> = []
  for (const candidate of candidates) {
    const { sketch } = candidate
    if (sketch.peer === asker.peer) continue
    const rttMs = estimate(sketch)
    const abroadMs = sketch.region === asker.region ? 0 : ABROAD_MS
    const order = abroadMs + (rttMs ?? UNKNOWN_MS) + random() * TIE_MS
    const group = sketch.isOrigin ? origins : others
    group.push({ candidate, rttMs, order })
  }
  for (const group of [origins, others]) group.sort((a, b) => a.order - b.order)
  const kept = Math.min(
    origins.length, Math.max(Math.ceil(limit * ORIGIN_SHARE), limit - others.length)
  )
  return [...mix(others, limit - kept, random), ...origins.slice(0, kept)]
    .map(({ candidate, rttMs }) => rttMs == null ? candidate : { ...candidate, rttMs })
}

/**
 * The RTT between the asker and a node it never met. A measured one is taken as it is, from
 * whichever of the two has it; else by their coordinates, when both are sure of theirs; else at
 * least |a − b| by the triangle inequality, for every landmark both measured; undefined when they
 * share none.
 */
export function rttEstimator (asker: Asker): (sketch: Sketch) => number | undefined {
  const self = asker.peer == null ? undefined : peerNumber(asker.peer)
  const ours = new Map(asker.rtts?.map(({ peer, rttMs }) => [peerNumber(peer), rttMs]))
  const isSure = asker.coordinate != null && asker.coordinate.error <= MAX_COORDINATE_ERROR
  const place = isSure ? asker.coordinate : undefined
  return sketch => {
    const measured = ours.get(sketch.number) ??
      (self == null ? undefined : measuredRtt(sketch, self))
    if (measured != null) return measured
    return place != null && errorOf(sketch) <= MAX_COORDINATE_ERROR
      ? distanceTo(sketch, place)
      : landmarkBound(sketch, ours)
  }
}

/** The near, some of the farthest, and some of those between at random; still in order. */
function mix<T> (ranked: T[], limit: number, random: Random): T[] {
  if (ranked.length <= limit) {
    return ranked
  }
  const far = Math.floor(limit * FAR_SHARE)
  const chance = Math.floor(limit * RANDOM_SHARE)
  const near = limit - far - chance
  const last = ranked.length - far
  const places = between(near, last, chance, random)
  return [...ranked.slice(0, near), ...places.map(place => ranked[place]!), ...ranked.slice(last)]
}

/** So many different whole numbers of [from, to), in order. */
function between (from: number, to: number, count: number, random: Random): number[] {
  const left = Array.from({ length: to - from }, (_, i) => from + i)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (left.length - i))
    const one = left[j]!
    left[j] = left[i]!
    left[i] = one
  }
  return left.slice(0, count).sort((a, b) => a - b)
}
