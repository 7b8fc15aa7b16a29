/**
 * Network coordinates: where a node is, so that two that never met know how far they are apart.
 * in: our place, a neighbour's, and the round-trip time between them. out: our place from then on.
 *
 * Vivaldi, with height vectors and steps weighed by both ends' errors: Dabek et al., "Vivaldi: A
 * Decentralized Network Coordinate System", SIGCOMM 2004. A neighbour may lie about its place, so
 * no sample moves us by more than a share of the RTT, which we measured ourselves, and the less
 * its place agrees with that RTT, the less it counts.
 */

import type { Random } from '../../protocols/clock.ts'
import { MAX_COORDINATE_MS } from '../../protocols/limits.ts'
import type { Coordinate } from '../../protocols/rtt/index.ts'

/** The paper's c_c: how far to go towards where a sample would have us. Higher: restless. */
const STEP = 0.25
/** The paper's c_e: how much of our error each sample renews. */
const ERROR_STEP = 0.25
export const MAX_ERROR = 1
/** Nobody is believed to be surer of its place: RTTs themselves are no surer. */
const MIN_ERROR = 0.02
/** No path is shorter, and nobody's access adds less. */
const MIN_RTT_MS = 0.1

/** Of a node that knows nothing yet. */
export const NOWHERE: Readonly<Coordinate> =
  { x: 0, y: 0, heightMs: MIN_RTT_MS, error: MAX_ERROR }

/** The round-trip time that lies between two places. */
export function distanceMs (a: Coordinate, b: Coordinate): number {
  return Math.hypot(a.x - b.x, a.y - b.y) + a.heightMs + b.heightMs
}

/** How far the distance to a place is off a measured RTT, as a share of it, 1 at most. */
export function misfit (own: Coordinate, remote: Coordinate, rttMs: number): number {
  return Math.min(1, Math.abs(distanceMs(own, remote) - rttMs) / Math.max(MIN_RTT_MS, rttMs))
}

export function nextCoordinate (
  own: Coordinate, remote: Coordinate, rttMs: number, random: Random
): Coordinate {
  const rtt = within(rttMs, MIN_RTT_MS, MAX_COORDINATE_MS)
  const there = bounded(remote)
  const off = misfit(own, there, rtt)
  const weight = own.error / (own.error + Math.max(there.error, off))
  const distance = distanceMs(own, there)
  const moveMs = STEP * weight * within(rtt - distance, -rtt, rtt)
  const [x, y] = direction(own, there, random)
  // Who is too far comes closer, and does not pass by.
  const awayMs = Math.max(moveMs, -Math.hypot(own.x - there.x, own.y - there.y))
  return bounded({
    x: own.x + awayMs * x,
    y: own.y + awayMs * y,
    heightMs: own.heightMs + moveMs * (own.heightMs + there.heightMs) / distance,
    error: own.error + ERROR_STEP * weight * (off - own.error)
  })
}

/** A place as anybody may have told it, brought within what is possible. */
export function bounded ({ x, y, heightMs, error }: Coordinate): Coordinate {
  return {
    x: within(x, -MAX_COORDINATE_MS, MAX_COORDINATE_MS),
    y: within(y, -MAX_COORDINATE_MS, MAX_COORDINATE_MS),
    heightMs: within(heightMs, MIN_RTT_MS, MAX_COORDINATE_MS),
    error: within(error, MIN_ERROR, MAX_ERROR)
  }
}

/** Away from `there`, of length 1; anywhere when both are in one place. */
function direction (own: Coordinate, there: Coordinate, random: Random): [number, number] {
  const length = Math.hypot(own.x - there.x, own.y - there.y)
  if (length > MIN_RTT_MS) return [(own.x - there.x) / length, (own.y - there.y) / length]
  const angle = 2 * Math.PI * random()
  return [Math.cos(angle), Math.sin(angle)]
}

/** NaN becomes the least. */
const within = (value: number, least: number, most: number): number =>
  value >= least ? Math.min(most, value) : least
