/**
 * What this node says of how it does, for the dashboard.
 * in: its counts, and what it holds in part. out: a report, as it is now.
 */

import type { Clock } from '../protocols/clock.ts'
import { MAX_REPORT_HOLDS } from '../protocols/limits.ts'
import { encodeReport } from '../protocols/tracker/index.ts'
import type { PlaybackCounts } from './playback-counts.ts'
import type { Holdings } from './retrieval/index.ts'
import type { Traffic } from './traffic.ts'

export interface OwnReportComponents {
  traffic: Pick<
    Traffic, 'bySource' | 'wastedBytes' | 'givenBytes' | 'httpBytes' | 'exchangedBytes'>
  playback: Pick<PlaybackCounts, 'starts' | 'stalls' | 'stalledMs' | 'mediaMs' | 'mediaBytes'>
  holdings: Pick<Holdings, 'partly'>
  clock: Clock
}

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
        uploaded: traffic.exchangedBytes,
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
