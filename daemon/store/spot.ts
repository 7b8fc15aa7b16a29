/**
 * Where a block stands, short enough to be kept for each: 32 bits stand for the title's name. Two
 * titles that agree in them are evicted as if they were one, and that is all.
 */

import type { Spot } from './eviction-policy.ts'
import type { Place } from './types.ts'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

export function spotOf ({ title, number }: Place): Spot {
  let hash = FNV_OFFSET
  for (let i = 0; i < title.length; i++) hash = Math.imul(hash ^ title.charCodeAt(i), FNV_PRIME)
  return { title: hash >>> 0, ...(number != null && { number }) }
}
