/**
 * How long bytes are under way between two hosts of an emulated network.
 * in: its shape, two IP addresses. out: a delay.
 */

import { delayBetween } from './regions.ts'

export interface NetworkShape {
  /** Between any two hosts, one way. */
  delayMs: number
  /** Added to it by chance, up to so much; 0 unless given. */
  jitterMs?: number
  /** Between hosts of regions.ts the delay is that of their regions instead. */
  hasRegions?: boolean
}

/** One way, milliseconds, without jitter. */
export function delayOf (shape: NetworkShape, one: string, other: string): number {
  const between = shape.hasRegions === true ? delayBetween(one, other) : undefined
  return between ?? shape.delayMs
}
