/**
 * How urgent media is.
 * in: the time left until it is played, whether the player asks for it already. out: a priority,
 * and when it will be higher. Pure.
 */

import type { Priority } from '../../protocols/exchange/index.ts'

/** Higher: fewer stalls; lower: fewer bytes asked for twice. */
export const URGENT_LEFT_MS = 1_500

/** Media needed within this time goes before what is only fetched ahead. */
export const PLAYING_LEFT_MS = 6_000

/**
 * What a player asks for it wants soon, however much it has been given that it may not have played
 * yet: it may play faster than we think.
 */
export const ASKED_LEFT_MS = 2_000
export const MAX_ASKED_LEFT_MS = 8_000
/**
 * How fast players may play, where nobody knows better. Higher: fast ones do not stall; lower: more
 * of a start comes from peers.
 */
export const DEFAULT_PLAYBACK_SPEED = 2

/** Higher: a fast player's second segment is in time; lower: others' peers have more time. */
const MAX_UNSEEN_MS = 1_000

/**
 * Time left for media that a player asks for, given what is left at the speed of its clock, and for
 * how long it has played: it may have played so much more than its clock says as well.
 */
export function askedLeftMs (leftMs: number, playedMs: number, maxSpeed: number): number {
  const unseenMs = Math.min(MAX_UNSEEN_MS, playedMs * (1 - 1 / maxSpeed))
  const fastMs = Math.min(MAX_ASKED_LEFT_MS, leftMs / maxSpeed - unseenMs)
  return Math.min(leftMs, Math.max(ASKED_LEFT_MS, fastMs))
}

/**
 * Media asked for so far ahead of the playhead is not played but taken as fast as it comes. Higher:
 * players that keep much in advance stay players; lower: downloads are fast sooner.
 */
export const DOWNLOAD_LEFT_MS = 60_000

export function priorityOf (leftMs: number, isAsked: boolean): Priority {
  if (leftMs < URGENT_LEFT_MS) {
    return 'urgent'
  }
  return isAsked || leftMs < PLAYING_LEFT_MS ? 'playing' : 'prefetch'
}

/**
 * A segment's blocks, each with when it is needed if playing is to begin at `startMs`, up to
 * `maxSpeed` times as fast as its clock.
 */
export function timedBlocks<T extends { size: number }> (
  { blocks, size, durationMs }: { blocks: readonly T[], size: number, durationMs: number },
  startMs: number, maxSpeed: number
): Array<T & { neededMs: number }> {
  let offset = 0
  return blocks.map(block => {
    const mediaMs = offset / size * durationMs
    offset += block.size
    return { ...block, neededMs: startMs + mediaMs / maxSpeed }
  })
}

/** How long until media fetched ahead is more urgent; undefined when it cannot be more so. */
export function risesInMs (leftMs: number): number | undefined {
  if (leftMs < URGENT_LEFT_MS) {
    return undefined
  }
  // One more, so that it has risen when the time is over.
  return leftMs - (leftMs < PLAYING_LEFT_MS ? URGENT_LEFT_MS : PLAYING_LEFT_MS) + 1
}
