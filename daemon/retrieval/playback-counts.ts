/**
 * How playing went for those who listen here, since the start.
 * in: what sessions tell. out: sums, passed on to the metrics where there are some.
 */

import { START_CLASSES, startClass } from '../../protocols/tracker/report-counts.ts'
import type { PlaybackMetrics } from './playback.ts'

export class PlaybackCounts implements PlaybackMetrics {
  /** Start-ups by how long they took. */
  readonly starts: number[] = Array.from({ length: START_CLASSES }, () => 0)
  stalls = 0
  stalledMs = 0
  mediaMs = 0
  mediaBytes = 0
  readonly #metrics: PlaybackMetrics | undefined

  constructor (metrics?: PlaybackMetrics) {
    this.#metrics = metrics
  }

  started (ms: number): void {
    this.starts[startClass(ms)]!++
    this.#metrics?.started(ms)
  }

  stalled (ms: number): void {
    this.stalls++
    this.stalledMs += ms
    this.#metrics?.stalled(ms)
  }

  given (mediaMs: number, bytes: number): void {
    this.mediaMs += mediaMs
    this.mediaBytes += bytes
    this.#metrics?.given(mediaMs, bytes)
  }
}
