/**
 * Whom a tracker names to an asker: mostly near ones, some at random, some far, origins last.
 * in: everyone who has it, and who asks.
 * out: at most `limit` of them, same region first, then by estimated RTT.
 *
 * Nearest-only would split a swarm into islands, and starve those that are near to nobody.
 */

import type { Random } from '../protocols/clock.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

/** What is known of who asks; of a stranger, nothing. */
export interface Asker {
  peer?: string
  region?: string
  rtts?: NodeRecord['rtts']
}

export interface HandoutOptions {
  limit: number
  random: Random
}

/** Shares of the places, when there are more candidates than places. */
const FAR_SHARE = 1 / 8
const RANDOM_SHARE = 1 / 4
const ORIGIN_SHARE = 1 / 8

interface Candidate { record: NodeRecord }

export function handout<T extends Candidate> (
  candidates: T[], asker: Asker, { limit, random }: HandoutOptions
): Array<T & { rttMs?: number }> {
  const ranked = shuffle(candidates, random)
    .filter(({ record }) => record.peer.toString() !== asker.peer)
    .map(candidate => withRtt(candidate, estimateRtt(asker, candidate.record)))
    .sort((a, b) => order(a, b, asker.region))
  const origins = ranked.filter(({ record }) => record.role === 'origin')
  const others = ranked.filter(({ record }) => record.role !== 'origin')
  const kept = Math.min(
    origins.length, Math.max(Math.ceil(limit * ORIGIN_SHARE), limit - others.length)
  )
  return [...mix(others, limit - kept, random), ...origins.slice(0, kept)]
}

/**
 * The RTT between two nodes that never met: at least |a − b| by the triangle inequality, for every
 * landmark both measured. A measured one is taken as it is; undefined when they share none.
 */
export function estimateRtt (asker: Asker, record: NodeRecord): number | undefined {
  const name = record.peer.toString()
  const ours = new Map(asker.rtts?.map(({ peer, rttMs }) => [peer, rttMs]))
  const measured = ours.get(name) ?? record.rtts.find(({ peer }) => peer === asker.peer)?.rttMs
  if (measured != null) {
    return measured
  }
  const bounds = record.rtts.flatMap(({ peer, rttMs }) => {
    const other = ours.get(peer)
    return other == null ? [] : [Math.abs(rttMs - other)]
  })
  return bounds.length > 0 ? Math.max(...bounds) : undefined
}

/** The near, some of the farthest, and some of those between at random; still in order. */
function mix<T> (ranked: T[], limit: number, random: Random): T[] {
  if (ranked.length <= limit) {
    return ranked
  }
  const far = Math.floor(limit * FAR_SHARE)
  const chance = Math.floor(limit * RANDOM_SHARE)
  const near = limit - far - chance
  const between = ranked.map((_, index) => index).slice(near, ranked.length - far)
  const lucky = new Set(shuffle(between, random).slice(0, chance))
  return ranked.filter(
    (_, index) => index < near || index >= ranked.length - far || lucky.has(index)
  )
}

function order (
  a: Candidate & { rttMs?: number }, b: Candidate & { rttMs?: number }, region: string | undefined
): number {
  const isNear = ({ record }: Candidate) => Number(region != null && record.region === region)
  return isNear(b) - isNear(a) || compare(a.rttMs, b.rttMs)
}

function compare (a = Number.MAX_VALUE, b = Number.MAX_VALUE): number {
  return a - b
}

function withRtt<T extends Candidate> (
  candidate: T, rttMs: number | undefined
): T & { rttMs?: number } {
  return rttMs == null ? candidate : { ...candidate, rttMs }
}

/** Fisher–Yates: among equals nobody is first by the order of arrival. */
function shuffle<T> (items: T[], random: Random): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = shuffled[i]!
    shuffled[i] = shuffled[j]!
    shuffled[j] = swapped
  }
  return shuffled
}
