/**
 * How playing goes for those who listen here, as far as their requests tell.
 * in: playlists opened, segments asked for and given. out: start-ups, stalls and media given.
 *
 * A start-up is the time a listener waited for us, for the playlist and for its first segment; what
 * its player does in between is its own. A listener that has played all it was given stalls from
 * then, or from when it asked for more, until it has it. Players begin later than the estimate
 * says, so that they stall no more often than is counted here. A jump is neither.
 */

import { LRUCache } from 'lru-cache'
import { Playhead } from './playhead.ts'

export interface PlaybackMetrics {
  started (ms: number): void
  stalled (ms: number): void
  /** Media handed over, and its bytes. */
  given (mediaMs: number, bytes: number): void
}

/** A segment in its title. */
export interface GivenSegment { startMs: number, durationMs: number, size: number }

/** Listeners followed; the longest silent makes room. */
const MAX_LISTENERS = 256
/** Who comes back after so long begins anew. */
const IDLE_MS = 10 * 60_000
/** A shorter wait is none that anybody hears: the estimate is coarser than that. */
const MIN_STALL_MS = 100
/** Farther than this from what it has, a listener has jumped. */
const JUMP_MS = 30_000

export class Playback {
  readonly #metrics: PlaybackMetrics
  readonly #clock: () => number
  readonly #listeners: LRUCache<string, Listener>

  constructor (components: { metrics: PlaybackMetrics, clock: () => number }) {
    this.#metrics = components.metrics
    this.#clock = components.clock
    this.#listeners = new LRUCache({ max: MAX_LISTENERS })
  }

  /** The listener waited so long for a playlist. */
  opened (name: string, ms: number): void {
    this.#listener(name).opened(ms)
  }

  /** It was given a segment just now. */
  given (name: string, segment: GivenSegment, askedMs: number, nowMs: number): void {
    this.#listener(name).given(segment, askedMs, nowMs)
    this.#metrics.given(segment.durationMs, segment.size)
  }

  #listener (name: string): Listener {
    const nowMs = this.#clock()
    const known = this.#listeners.get(name)
    const listener = known != null && nowMs - known.usedMs < IDLE_MS
      ? known
      : new Listener(this.#metrics)
    listener.usedMs = nowMs
    this.#listeners.set(name, listener)
    return listener
  }
}

/** One listener of one title, whatever renditions it changes between. */
class Listener {
  usedMs = 0
  readonly #metrics: PlaybackMetrics
  readonly #playhead = new Playhead()
  #openingMs = 0
  /** End of the media it has; undefined before it has any. */
  #endMs: number | undefined

  constructor (metrics: PlaybackMetrics) {
    this.#metrics = metrics
  }

  opened (ms: number): void {
    this.#openingMs += ms
  }

  given ({ startMs, durationMs }: GivenSegment, askedMs: number, nowMs: number): void {
    const endMs = startMs + durationMs
    if (this.#endMs == null) {
      this.#metrics.started(this.#openingMs + nowMs - askedMs)
      this.#seek(startMs)
    } else if (Math.abs(startMs - this.#endMs) > JUMP_MS + durationMs) {
      this.#seek(startMs)
    } else {
      this.#stall(askedMs, nowMs)
    }
    this.#playhead.give(startMs, endMs, nowMs)
    this.#endMs = Math.max(this.#endMs ?? 0, endMs)
  }

  #seek (startMs: number): void {
    this.#playhead.seek(startMs)
    this.#endMs = startMs
  }

  #stall (askedMs: number, nowMs: number): void {
    // What it had lasted until then, or has been over since before it asked.
    const drainedMs = this.#playhead.neededMs(this.#endMs!, askedMs)
    const ms = nowMs - drainedMs
    if (ms >= MIN_STALL_MS) this.#metrics.stalled(ms)
  }
}
