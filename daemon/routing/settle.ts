/**
 * Where we are, by all neighbours together.
 * in: our place, neighbours' places with the RTTs to them. out: our place from then on. Pure.
 *
 * Vivaldi alone gets stuck where many small forces cancel: in the wrong one of two places that fit
 * half of the neighbours each. So another place is tried each time, beside a neighbour that chance
 * names, and taken when the neighbours as a whole are clearly happier with it. And a low one beside
 * a near neighbour: far ones, which are more in milliseconds, lift all of a region together, and
 * those near to each other seem far.
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
/** The nearest, beside one of which a low place is tried; few rounds, which would lift it. */
const NEAR = 2
const LOW_ROUNDS = 3
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
  const near = seen.toSorted((a, b) => a.rttMs - b.rttMs).slice(0, NEAR)
  const low = Math.min(here.heightMs, random() * anyOf(near, random).rttMs)
  const tried = [
    later(beside(anyOf(seen, random), here.heightMs, here.error, random), TRIAL_ROUNDS),
    later(beside(anyOf(near, random), low, here.error, random), LOW_ROUNDS)
  ]
  let best = here
  let least = CLEARLY_LESS * totalMisfit(here, seen)
  for (const there of tried) {
    const left = totalMisfit(there, seen)
    if (left < least) [best, least] = [there, left]
  }
  return best

  function later (there: Coordinate, rounds: number): Coordinate {
    for (let times = 0; times < rounds; times++) there = round(there, seen, random)
    return there
  }
}

function beside (
  { coordinate: { x, y } }: Sighting, heightMs: number, error: number, random: Random
): Coordinate {
  return {
    x: x + BESIDE_MS * (2 * random() - 1),
    y: y + BESIDE_MS * (2 * random() - 1),
    heightMs,
    error: Math.min(MAX_ERROR, Math.max(TRIAL_ERROR, error))
  }
}

function anyOf<T> (items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!
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
