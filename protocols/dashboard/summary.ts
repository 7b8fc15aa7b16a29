/**
 * Steps in a few numbers. Pure: the server's tests and the page reckon alike.
 */

import {
  noCounts, REPORT_COUNTS, type ReportCounts, START_BOUNDS_MS, START_CLASSES
} from '../tracker/report-counts.ts'
import type { Step, Sums } from './types.ts'

/** Shares are 0 … 1; what nothing is known of is undefined. */
export interface Summary {
  /** Of what listeners' nodes used: from peers, edges, origins, and from what they had before. */
  peer?: number
  edge?: number
  origin?: number
  own?: number
  /** Bytes handed to players by all nodes, and bytes the origins sent. */
  givenBytes: number
  originBytes: number
  /** Of what players were given, what the origins had not to send. */
  saved?: number
  /** Of what edges were asked for, what they had. */
  edgeHits?: number
  startUps: number
  p50Ms?: number
  p95Ms?: number
  stalls: number
  stalledMs: number
  /** Of the time listeners meant to listen, what they waited in the middle. */
  rebuffering?: number
  /** Bits per second of the media given. */
  bitrate?: number
  wastedBytes: number
  cut: number
}

export function summaryOf (steps: readonly Step[]): Summary {
  const peers = sumOf(steps.map(({ sums }) => sums.peer))
  const edges = sumOf(steps.map(({ sums }) => sums.edge))
  const origins = sumOf(steps.map(({ sums }) => sums.origin))
  const all = sumOf([peers, edges, origins])
  const fetched = peers.peer + peers.edge + peers.origin
  const used = Math.max(peers.given, fetched)
  const asked = edges.local + edges.peer + edges.edge + edges.origin
  const originBytes = origins.sent + origins.uploaded
  const starts = startsOf(steps)
  return {
    ...share('peer', peers.peer, used),
    ...share('edge', peers.edge, used),
    ...share('origin', peers.origin, used),
    ...share('own', used - fetched, used),
    givenBytes: all.given,
    originBytes,
    ...share('saved', Math.max(0, all.given - originBytes), all.given),
    ...share('edgeHits', edges.local, asked),
    startUps: starts.reduce((sum, times) => sum + times, 0),
    ...known('p50Ms', quantileMs(starts, 0.5)),
    ...known('p95Ms', quantileMs(starts, 0.95)),
    stalls: all.stalls,
    stalledMs: all.stalledMs,
    ...share('rebuffering', all.stalledMs, all.mediaMs + all.stalledMs),
    ...share('bitrate', all.mediaBytes * 8_000, all.mediaMs),
    wastedBytes: peers.wasted,
    cut: Math.max(0, ...steps.map(({ cut }) => cut))
  }
}

export function sumOf (parts: ReadonlyArray<Sums | undefined>): ReportCounts {
  const sum = noCounts()
  for (const part of parts) {
    for (const name of REPORT_COUNTS) sum[name] += part?.[name] ?? 0
  }
  return sum
}

/** Start-ups of all steps by {@link START_BOUNDS_MS}. */
export function startsOf (steps: ReadonlyArray<Pick<Step, 'starts'>>): number[] {
  return Array.from({ length: START_CLASSES }, (_, i) =>
    steps.reduce((sum, { starts }) => sum + (starts[i] ?? 0), 0))
}

/** Milliseconds that so many of the start-ups took at most; within a class by their rank in it. */
export function quantileMs (starts: readonly number[], share: number): number | undefined {
  const rank = share * starts.reduce((sum, times) => sum + times, 0)
  let before = 0
  for (const [i, times] of starts.entries()) {
    if (times > 0 && before + times >= rank) {
      const from = START_BOUNDS_MS[i - 1] ?? 0
      // Of those past the last bound only that is known.
      const to = START_BOUNDS_MS[i] ?? from
      return from + (to - from) * (rank - before) / times
    }
    before += times
  }
  return undefined
}

function share<K extends string> (name: K, part: number, whole: number): { [key in K]?: number } {
  return known(name, whole > 0 ? part / whole : undefined)
}

function known<K extends string> (name: K, value: number | undefined): { [key in K]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: number }
}
