/**
 * What a node says of how it does, for the dashboard: a daemon's as a page's.
 * in: its counts, and what it holds in part. out: a report, as it is now.
 */

import type { Clock } from '../../protocols/clock.ts'
import { MAX_REPORT_HOLDS } from '../../protocols/limits.ts'
import { encodeReport } from '../../protocols/tracker/report.ts'
import type { Holdings } from './holdings.ts'
import type { PlaybackCounts } from './playback-counts.ts'
import type { SourceKind } from './types.ts'

export interface OwnReportComponents {
  /** Bytes since the start; a page serves no HTTP, and counts what its player was given. */
  traffic: {
    readonly bySource: Record<SourceKind, number>
    readonly wastedBytes: number
    readonly givenBytes: number
    readonly httpBytes: number
    readonly exchangedBytes: number
  }
  playback: Pick<PlaybackCounts, 'starts' | 'stalls' | 'stalledMs' | 'mediaMs' | 'mediaBytes'>
  holdings: Pick<Holdings, 'partly'>
  clock: Clock
}

/** What goes over exchange has PINGs in it: an idle node has nothing new to say for hours. */
const GRAIN_BYTES = 64 * 1024

/** Counts from now on. */
export function ownReport (components: OwnReportComponents): () => Uint8Array {
  const { traffic, playback, holdings, clock } = components
  const sinceMs = clock()
  return () => {
    const { stalls, stalledMs, mediaMs, mediaBytes, starts } = playback
    return encodeReport({
      sinceMs,
      counts: {
        ...traffic.bySource,
        wasted: traffic.wastedBytes,
        given: traffic.givenBytes,
        sent: traffic.httpBytes,
        uploaded: Math.floor(traffic.exchangedBytes / GRAIN_BYTES) * GRAIN_BYTES,
        stalls,
        stalledMs,
        mediaMs,
        mediaBytes
      },
      starts,
      holds: holdings.partly(MAX_REPORT_HOLDS)
    })
  }
}
