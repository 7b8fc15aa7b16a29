/**
 * What a run showed. in: every listener's play and what the servers sent. out: a table, totals, JSON.
 */

import Table from 'cli-table3'
import type { Play } from './player.ts'

/** Verified block bytes a node took over the network, read-ahead included. */
export interface Fetched { peer: number, edge: number, origin: number }

export interface ListenerResult { name: string, region: string, play?: Play, fetched: Fetched, error?: string }

export interface RunResult {
  seed: number
  title: { id: string, size: number, segments: number, durationMs: number }
  speed: number
  edges: number
  /** Bytes of blocks that origin and edges sent to anybody. */
  originBytes: number
  edgeBytes: number
  listeners: ListenerResult[]
  events: string[]
  /** Blocks refused by all nodes together because they did not hash to their CID. */
  mismatches: number
  /** Nodes that banned a corrupt peer. */
  bannedBy: number
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
  failed: number
}

const MIB = 1024 * 1024

export function totalsOf (run: RunResult): Totals {
  const plays = run.listeners.flatMap(({ play }) => play ?? [])
  const sum = (pick: (play: Play) => number): number => plays.reduce((total, play) => total + pick(play), 0)
  const all = addUp(run.listeners)
  const late = addUp(run.listeners.slice(Math.floor(run.listeners.length / 2)))
  return {
    peers: run.listeners.length,
    share: { peer: shareOf(all, 'peer'), edge: shareOf(all, 'edge'), origin: shareOf(all, 'origin') },
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

/** True when every listener played every segment and every byte was the publisher's. */
export function isWhole (totals: Totals): boolean {
  return totals.failed === 0 && totals.missing === 0 && totals.wrongBytes === 0
}

export function tableOf (run: RunResult): string {
  const table = new Table({
    head: ['listener', 'start-up', 'segments', 'from peers', 'from edge', 'from origin', 'stalls', 'verified'],
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
  return [
    `bytes: ${percent(share.peer)} from peers, ${percent(share.edge)} from edges, ` +
      `${percent(share.origin)} from the origin`,
    `the later half of the listeners took ${percent(totals.lateHalfFromPeers)} of what they fetched from other peers`,
    `the origin sent the title ${totals.originCopiesPerEdge.toFixed(2)} times an edge, the edges ` +
      `${(run.edgeBytes / run.title.size).toFixed(2)} times in all`,
    `start-up: ${ms(totals.medianStartUpMs)} median · stalls: ${totals.stalls} · missing segments: ${totals.missing} · ` +
      `wrong bytes: ${totals.wrongBytes} · altered blocks refused: ${run.mismatches} (the sender banned by ${run.bannedBy} nodes)`,
    `playback ran at ${run.speed} × real time`
  ]
}

export function median (values: number[]): number {
  const sorted = values.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
export const ms = (value: number): string => Number.isNaN(value) ? '–' : value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`
export const mib = (bytes: number): string => bytes === 0 ? '–' : `${(bytes / MIB).toFixed(2)} MiB`
