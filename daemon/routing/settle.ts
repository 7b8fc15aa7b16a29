/**
 * Where we are, by all neighbours together.
 * in: our place, neighbours' places with the RTTs to them. out: our place from then on. Pure.
 *
 * Vivaldi alone gets stuck where many small forces cancel: in the wrong one of two places that fit
 * half of the neighbours each. So another place is tried each time, beside a neighbour that chance
 * names, and taken when the neighbours as a whole are clearly happier with it.
 */

import type { Random } from '../../protocols/clock.ts'
import type { Coordinate } from '../../protocols/rtt/index.ts'
import { MAX_ERROR, misfit, nextCoordinate } from './coordinates.ts'

/** A neighbour whose place is known. */
export interface Sighting { coordinate: Coordinate, rttMs: number }

/** Of the neighbour beside which another place is tried. */
const BESIDE_MS = 10
/** Rounds after which a place tried is judged. Higher: costs more; lower: misses good places. */
const TRIAL_ROUNDS = 10
/** Our error at the start of a trial at least, or nothing would move. */
const TRIAL_ERROR = 0.3
/** A place tried is taken when it leaves less than this share of the misfit. */
const CLEARLY_LESS = 0.9
/** Fewer neighbours are as happy with many other places. */
const LEAST_VOTERS = 4
/** Keeps one neighbour that claims to be sure from outvoting all others. */
const VOTE_ERROR = 0.1

/** One step for each neighbour, and perhaps a leap. To be called each time they were measured. */
export function settle (own: Coordinate, seen: readonly Sighting[], random: Random): Coordinate {
  const here = round(own, seen, random)
  if (seen.length < LEAST_VOTERS) return here
  const beside = seen[Math.floor(random() * seen.length)]!.coordinate
  let there: Coordinate = {
    x: beside.x + BESIDE_MS * (2 * random() - 1),
    y: beside.y + BESIDE_MS * (2 * random() - 1),
    heightMs: here.heightMs,
    error: Math.min(MAX_ERROR, Math.max(TRIAL_ERROR, here.error))
  }
  for (let times = 0; times < TRIAL_ROUNDS; times++) there = round(there, seen, random)
  return totalMisfit(there, seen) < CLEARLY_LESS * totalMisfit(here, seen) ? there : here
}

function round (own: Coordinate, seen: readonly Sighting[], random: Random): Coordinate {
  return seen.reduce((place, { coordinate, rttMs }) =>
    nextCoordinate(place, coordinate, rttMs, random), own)
}

/** Those that are sure of their place have more to say; nobody's misfit counts for more than 1. */
function totalMisfit (own: Coordinate, seen: readonly Sighting[]): number {
  return seen.reduce((sum, { coordinate, rttMs }) =>
    sum + misfit(own, coordinate, rttMs) / (VOTE_ERROR + coordinate.error), 0)
}
