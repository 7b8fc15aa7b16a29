/**
 * Which of two streams between two peers is kept. in: both, at one end. out: the same at either
 * end.
 */

import type { PeerId } from '@libp2p/interface'

export interface Opened {
  neighbour: { peer: PeerId, isLimited: boolean }
  /** True when we opened the stream. */
  isOurs: boolean
  sinceMs: number
}

/**
 * A direct one survives one through a relay. Else, of two opened from both ends within
 * `crossingMs`, the stream of the lower peer ID. Else the newer one: its opener would not have
 * opened it, had the older been alive.
 */
export function survives (before: Opened, after: Opened, us: PeerId, crossingMs: number): boolean {
  if (before.neighbour.isLimited !== after.neighbour.isLimited) return after.neighbour.isLimited
  const isCrossing = before.isOurs !== after.isOurs && after.sinceMs - before.sinceMs < crossingMs
  return isCrossing && before.isOurs === isLower(us, before.neighbour.peer)
}

/** By the bytes of their multihashes. */
function isLower (a: PeerId, b: PeerId): boolean {
  const [left, right] = [a.toMultihash().bytes, b.toMultihash().bytes]
  const at = left.findIndex((byte, index) => byte !== right[index])
  return at !== -1 && left[at]! < (right[at] ?? -1)
}
