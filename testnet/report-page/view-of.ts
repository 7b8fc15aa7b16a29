/**
 * Makes the view of a run. in: its record. out: what the page draws.
 */

import { settingOf } from '../compare.ts'
import { fetchedByPeers, figuresOf, quantile, startQuantiles, startUps } from '../run-figures.ts'
import { isMet, type RecordedNode, type RecordedPlay, type RunRecord } from '../run-record.ts'
import { courseOf } from './course.ts'
import { holdingsOf } from './holdings.ts'
import { crossingsOf, graphOf } from './traffic.ts'
import type { CurvePoint, RoleLoad, RunView, Spread, StartPoint, SweepPoint } from './view.ts'

const MAX_STARTS = 1_500
const MAX_ACTS = 400
const CURVE_POINTS = 120
const TOP_UPLOADERS = 15
const ROLES = ['bootstrap', 'origin', 'edge', 'peer'] as const

export function viewOf (record: RunRecord): RunView {
  const { kind, scenario, durationMs, verdicts, acts, bounds, plays, nodes } = record
  return {
    kind,
    scenario,
    setting: settingOf(record),
    durationMs: Math.max(durationMs, record.samples.at(-1)?.atMs ?? 0),
    figures: figuresOf(record),
    verdicts: verdicts.map(verdict => ({ ...verdict, isMet: isMet(verdict) })),
    acts: acts.slice(0, MAX_ACTS).map(({ atMs, kind, text }) => ({ atMs, kind, text })),
    actCount: acts.length,
    course: courseOf(record),
    ...bounds,
    quantiles: startQuantiles(plays),
    curves: curvesOf(plays),
    starts: startsOf(plays),
    roles: ROLES.flatMap(role => roleLoad(role, nodes.filter(node => node.role === role))),
    uploaders: uploadersOf(nodes),
    crossings: crossingsOf(record),
    holdings: holdingsOf(record),
    graph: graphOf(record)
  }
}

export function sweepPointOf (record: RunRecord): SweepPoint {
  const { peer, edge, origin } = fetchedByPeers(record)
  const values = startUps(record.plays)
  return {
    peers: record.setting.peers,
    kind: record.kind,
    offload: peer / (peer + edge + origin),
    ceiling: record.bounds.ceilingShare,
    p50Ms: quantile(values, 0.5),
    p99Ms: quantile(values, 0.99)
  }
}

/** Every so many of the sorted values of a kind. */
function curvesOf (plays: readonly RecordedPlay[]): CurvePoint[] {
  const kinds = { cold: [], warm: [], cached: [], plain: [] } as
    Record<Exclude<CurvePoint['kind'], 'all'>, number[]>
  for (const { start, startUpMs, plainStartUpMs } of plays) {
    if (startUpMs != null) kinds[start].push(startUpMs)
    if (plainStartUpMs != null) kinds.plain.push(plainStartUpMs)
  }
  return Object.entries(kinds).flatMap(([kind, values]) => {
    const sorted = values.toSorted((a, b) => a - b)
    const steps = Math.min(CURVE_POINTS, sorted.length)
    return Array.from({ length: steps }, (_, i) => {
      const share = (i + 1) / steps
      const ms = sorted[Math.ceil(share * sorted.length) - 1]!
      return { kind: kind as CurvePoint['kind'], ms, share }
    })
  })
}

/** Of many, some at even distances. */
function startsOf (plays: readonly RecordedPlay[]): StartPoint[] {
  const begun = plays.flatMap(({ startedAtMs, startUpMs, start, region }) =>
    startUpMs == null ? [] : [{ atMs: startedAtMs, ms: startUpMs, kind: start, region }])
  const count = Math.min(MAX_STARTS, begun.length)
  return Array.from({ length: count }, (_, i) => begun[Math.floor(i * begun.length / count)]!)
}

function roleLoad (role: RoleLoad['role'], nodes: RecordedNode[]): RoleLoad[] {
  if (nodes.length === 0) return []
  const cpu = nodes.flatMap(({ cpuSeconds }) => cpuSeconds ?? [])
  const pss = nodes.flatMap(({ pssBytes }) => pssBytes ?? [])
  return [{
    role,
    nodes: nodes.length,
    sentBytes: spreadOf(nodes.map(({ sentBytes }) => sentBytes)),
    fetchedBytes: spreadOf(nodes.map(({ fetched: { peer, edge, origin } }) =>
      peer + edge + origin)),
    ...(cpu.length > 0 && { cpuSeconds: spreadOf(cpu) }),
    ...(pss.length > 0 && { pssBytes: spreadOf(pss) })
  }]
}

const spreadOf = (values: number[]): Spread => ({
  p50: quantile(values, 0.5),
  most: quantile(values, 1),
  sum: values.reduce((sum, value) => sum + value, 0)
})

const uploadersOf = (nodes: readonly RecordedNode[]): RunView['uploaders'] =>
  nodes.filter(({ role }) => role === 'peer')
    .toSorted((a, b) => b.sentBytes - a.sentBytes)
    .slice(0, TOP_UPLOADERS)
    .map(({ name, region, sentBytes }) => ({ name, region, bytes: sentBytes }))
