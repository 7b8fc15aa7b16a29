/**
 * How a run went over time. in: its samples, which are sums. out: a bounded number of points with
 * rates.
 */

import type { RunRecord, Sample, Source } from '../run-record.ts'
import type { CoursePoint } from './view.ts'

/** More are not told apart on a screen. */
const MAX_POINTS = 240

export function courseOf ({ samples }: Pick<RunRecord, 'samples'>): CoursePoint[] {
  const every = Math.max(1, Math.ceil((samples.length - 1) / MAX_POINTS))
  const kept = samples.filter((_, i) => i % every === 0 || i === samples.length - 1)
  return kept.slice(1).flatMap((sample, i) => {
    const before = kept[i]!
    return sample.atMs > before.atMs ? [pointBetween(before, sample)] : []
  })
}

function pointBetween (before: Sample, after: Sample): CoursePoint {
  const seconds = (after.atMs - before.atMs) / 1000
  // What a node that was restarted had fetched is forgotten: sums may fall.
  const rate = (source: Source): number =>
    Math.max(0, after.fetched[source] - before.fetched[source]) / seconds
  const { peer, edge, origin } = after.fetched
  const network = peer + edge + origin
  return {
    atMs: before.atMs,
    untilMs: after.atMs,
    bytesPerSecond: {
      local: rate('local'), peer: rate('peer'), edge: rate('edge'), origin: rate('origin')
    },
    peerShare: network === 0 ? null : peer / network,
    serverBytes: edge + origin,
    nodesUp: after.nodesUp,
    playing: after.playing,
    newStalls: Math.max(0, after.stalls - before.stalls)
  }
}
