/**
 * Which of many to take next: mostly near ones, some by chance, now and then the farthest.
 * in: candidates with round-trip times, as far as they are known, and how many were taken before.
 * out: one of them. Pure but for chance.
 *
 * Nearest-only would split a network into islands, and starve those that are near to nobody.
 */

import type { Random } from '../../protocols/clock.ts'
import { ASSUMED_RTT_MS } from '../routing/index.ts'

export interface Candidate {
  /** Measured or estimated. */
  rttMs?: number | undefined
}

type Turn = 'near' | 'chance' | 'far'

/** Of eight, a quarter by chance and one far. It is not the first four that are dialled at once. */
const TURNS: readonly Turn[] =
  ['near', 'near', 'chance', 'near', 'far', 'near', 'chance', 'near']
/** Near ones among so many. */
export const NEAR_SHARE = TURNS.filter(turn => turn === 'near').length / TURNS.length

/** Undefined when there is none. */
export function nearOrFar<T extends Candidate> (
  candidates: readonly T[], taken: number, random: Random
): T | undefined {
  const turn = TURNS[taken % TURNS.length]
  if (turn === 'chance') return candidates[Math.floor(random() * candidates.length)]
  return candidates.reduce<T | undefined>((best, other) => {
    if (best == null) return other
    const isNearer = distanceOf(other) < distanceOf(best)
    return (turn === 'near' ? isNearer : distanceOf(other) > distanceOf(best)) ? other : best
  }, undefined)
}

/** The nearest; undefined when nothing is known of any. */
export function nearest<T extends Candidate> (candidates: readonly T[]): T | undefined {
  return nearOrFar(candidates.filter(({ rttMs }) => rttMs != null), 0, () => 0)
}

const distanceOf = ({ rttMs }: Candidate): number => rttMs ?? ASSUMED_RTT_MS
