/**
 * What a run showed. in: every listener's play, what the servers sent, what went wrong on purpose.
 * out: a table, totals in numbers and in words, and what is amiss.
 */

import Table from 'cli-table3'
import type { Harm, StruckFault } from './staged-faults.ts'
import type { Play } from './player.ts'

/** Verified block bytes a node took over the network, read-ahead included. */
export interface Fetched { peer: number, edge: number, origin: number }

export interface ListenerResult {
  name: string
  region: string
  /** Absent when it could not open the title; `error` says why. */
  play?: Play
  error?: string
  fetched: Fetched
}

export interface RunResult {
  seed: number
  /** What was played of it: the bytes of all files, media segments, milliseconds of media. */
  title: { id: string, size: number, segments: number, durationMs: number }
  /** Playback seconds per second. */
  speed: number
  edges: number
  /** Bytes that origin and edges sent while the listeners played. */
  originBytes: number
  edgeBytes: number
  /** In the order they came. */
  listeners: ListenerResult[]
  faults: StruckFault[]
  harm: Harm
}

export interface Totals {
  peers: number
  /** Of all bytes the listeners' nodes fetched over the network. */
  share: Record<keyof Fetched, number>
  /** The same for the half of the listeners that came last. */
  lateHalfFromPeers: number
  /** How many times the origin sent the title, for each edge (or once when there is none). */
  originCopiesPerEdge: number
  medianStartUpMs: number
  stalls: number
  missing: number
  wrongBytes: number
  /** Listeners that could not open the title. */
  failed: number
}

const MIB = 1024 * 1024

export function totalsOf (run: RunResult): Totals {
  const plays = run.listeners.flatMap(({ play }) => play ?? [])
  const sum = (pick: (play: Play) => number): number =>
    plays.reduce((total, play) => total + pick(play), 0)
  const all = addUp(run.listeners)
  const late = addUp(run.listeners.slice(Math.floor(run.listeners.length / 2)))
  return {
    peers: run.listeners.length,
    share: {
      peer: shareOf(all, 'peer'), edge: shareOf(all, 'edge'), origin: shareOf(all, 'origin')
    },
    lateHalfFromPeers: shareOf(late, 'peer'),
    originCopiesPerEdge: run.originBytes / run.title.size / Math.max(1, run.edges),
    medianStartUpMs: median(plays.map(play => play.startUpMs)),
    stalls: sum(play => play.stalls),
    missing: sum(play => play.missing),
    wrongBytes: sum(play => play.bytes - play.verifiedBytes),
    failed: run.listeners.length - plays.length
  }
}

function addUp (listeners: ListenerResult[]): Fetched {
  const total = { peer: 0, edge: 0, origin: 0 }
  for (const { fetched } of listeners) {
    total.peer += fetched.peer
    total.edge += fetched.edge
    total.origin += fetched.origin
  }
  return total
}

function shareOf (fetched: Fetched, source: keyof Fetched): number {
  const bytes = fetched.peer + fetched.edge + fetched.origin
  return bytes === 0 ? 0 : fetched[source] / bytes
}

/**
 * What is amiss, a phrase each; none when every listener played every segment, every byte was the
 * publisher's, and whatever was to go wrong did and did no harm.
 */
export function amiss (run: RunResult): string[] {
  const { failed, missing, wrongBytes } = totalsOf(run)
  const { metBy, bannedBy } = run.harm
  const isCorrupt = run.faults.some(({ fault }) => fault === 'corrupt-peer')
  return [
    failed > 0 && `${failed} of ${run.listeners.length} listeners could not open the title`,
    missing > 0 && `${missing} segments missing`,
    wrongBytes > 0 && `${wrongBytes} wrong bytes`,
    ...run.faults.map(({ fault, event }) => event == null && `"${fault}" never struck`),
    isCorrupt && metBy === 0 && 'nobody was sent an altered block, so that nothing was tried',
    bannedBy < metBy && `${metBy - bannedBy} nodes that were sent altered blocks banned nobody`
  ].filter(phrase => phrase !== false)
}

export function tableOf (run: RunResult): string {
  const table = new Table({
    head: [
      'listener', 'start-up', 'segments', 'from peers', 'from edge', 'from origin', 'stalls',
      'verified'
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true }
  })
  for (const { name, play, fetched, error } of run.listeners) {
    if (play == null) {
      table.push([name, { colSpan: 7, content: error ?? 'did not play' }])
      continue
    }
    table.push([
      name, ms(play.startUpMs), `${play.segments}/${run.title.segments}`,
      mib(fetched.peer), mib(fetched.edge), mib(fetched.origin),
      play.stalls === 0 ? '0' : `${play.stalls} (${ms(play.stalledMs)})`,
      percent(play.bytes === 0 ? 0 : play.verifiedBytes / play.bytes)
    ])
  }
  return table.toString()
}

export function totalLines (run: RunResult): string[] {
  const totals = totalsOf(run)
  const { share } = totals
  const { mismatches, metBy, bannedBy } = run.harm
  return [
    `bytes:    ${percent(share.peer)} from peers, ${percent(share.edge)} from edges, ` +
      `${percent(share.origin)} from the origin; ` +
      `the later half of the listeners took ${percent(totals.lateHalfFromPeers)} from peers`,
    `servers:  the origin sent the title ${totals.originCopiesPerEdge.toFixed(2)} times an edge, ` +
      `the edges ${(run.edgeBytes / run.title.size).toFixed(2)} times in all`,
    `playback: at ${run.speed} × real time, start-up ${ms(totals.medianStartUpMs)} (median), ` +
      `${totals.stalls} stalls, ${totals.missing} segments missing, ` +
      `${totals.wrongBytes} wrong bytes`,
    ...(mismatches === 0
      ? []
      : [`harm:     altered blocks refused: ${mismatches}, by ${metBy} of the nodes; ` +
        `the sender banned by ${bannedBy}`])
  ]
}

export function median (values: number[]): number {
  const sorted = values.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
export const mib = (bytes: number): string =>
  bytes === 0 ? '–' : `${(bytes / MIB).toFixed(2)} MiB`
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
export const ms = (value: number): string => {
  if (Number.isNaN(value)) return '–'
  return value < 10_000 ? `${value.toFixed(0)} ms` : seconds(value)
}
