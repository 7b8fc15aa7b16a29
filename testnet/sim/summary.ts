/**
 * A run in one line. in: its record. out: the figures by which sizes are compared.
 */

import type { RunRecord } from '../run-record.ts'

export interface Summary {
  plays: number
  /** Of what came over the network, from peers. */
  offload: number
  /** The most that peers could bring. */
  ceiling: number
  serverToFloor: number
  /** Of the bytes played. */
  serverToPlayed: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  stalls: number
  missing: number
}

export interface CostedSummary extends Summary {
  nodes: number
  seconds: number
  cpuSeconds: number
  memoryBytes: number
}

export function summaryOf ({ plays, samples, bounds }: RunRecord): Summary {
  const { peer, edge, origin } = samples.at(-1)!.fetched
  const server = edge + origin
  const startUps = plays.flatMap(({ startUpMs }) => startUpMs ?? []).sort((a, b) => a - b)
  const at = (share: number): number =>
    startUps[Math.max(0, Math.ceil(share * startUps.length) - 1)] ?? Number.NaN
  const sum = (of: (play: RunRecord['plays'][number]) => number): number =>
    plays.reduce((total, play) => total + of(play), 0)
  return {
    plays: plays.length,
    offload: peer / (peer + server),
    ceiling: bounds.ceilingShare,
    serverToFloor: server / bounds.floorBytes,
    serverToPlayed: server / sum(({ bytes }) => bytes),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    stalls: sum(({ stalls }) => stalls),
    missing: sum(({ missing }) => missing)
  }
}

export function summaryLine (summary: CostedSummary): string {
  const { nodes, plays, offload, ceiling, serverToFloor, serverToPlayed } = summary
  const { p50Ms, p95Ms, p99Ms, stalls, missing, seconds, cpuSeconds, memoryBytes } = summary
  return [
    `${nodes} nodes, ${plays} plays`,
    `offload ${percent(offload)} of at most ${percent(ceiling)}`,
    `servers ${serverToFloor.toFixed(2)} × the floor, ${percent(serverToPlayed)} of the played`,
    `start-up ${p50Ms.toFixed(0)} / ${p95Ms.toFixed(0)} / ${p99Ms.toFixed(0)} ms`,
    `${stalls} stalls, ${missing} files missing`,
    `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} CPU-seconds, ` +
      `${(memoryBytes / 1e9).toFixed(1)} GB`
  ].join('; ')
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
