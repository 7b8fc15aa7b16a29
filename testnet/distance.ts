/**
 * How long bytes are under way between two hosts of an emulated network.
 * in: its shape, two IP addresses. out: delays.
 */

import type { Random } from '../protocols/clock.ts'
import type { ReachInit } from './reachability.ts'
import { delayBetween } from './regions.ts'

export interface NetworkShape {
  /** Between any two hosts, one way. */
  delayMs: number
  /** Added to it by chance, up to so much; 0 unless given. */
  jitterMs?: number
  /** Between hosts of regions.ts the delay is that of their regions instead. */
  hasRegions?: boolean
  /** TCP segments lost on their way, 0 … 1; none unless given. */
  lossShare?: number
  /** Who may dial whom; everybody everybody unless given. */
  reach?: ReachInit
}

const SEGMENT_BYTES = 1460
/** Linux waits no less for what was not acknowledged. */
const MIN_RETRANSMIT_MS = 200

/** One way, milliseconds, without jitter. */
export function delayOf (shape: NetworkShape, one: string, other: string): number {
  const between = shape.hasRegions === true ? delayBetween(one, other) : undefined
  return between ?? shape.delayMs
}

/** How much later than the delay bytes come, by chance; what follows them comes no sooner. */
export function latenessOf (
  { jitterMs = 0, lossShare = 0 }: NetworkShape, delayMs: number, bytes: number, random: Random
): number {
  const lateMs = jitterMs > 0 ? jitterMs * random() : 0
  if (lossShare === 0) return lateMs
  const arrivesShare = (1 - lossShare) ** Math.ceil(bytes / SEGMENT_BYTES)
  // The rest, sent again, may be lost again.
  let lossMs = 0
  for (let lost = random() >= arrivesShare; lost; lost = random() < lossShare) {
    lossMs += Math.max(2 * delayMs, MIN_RETRANSMIT_MS)
  }
  return lateMs + lossMs
}
