/**
 * What the page of a report draws: bounded however large the run was.
 *
 * Times are milliseconds since the first listener may play. JSON has null where a figure is not a
 * number.
 */

import type { Role } from '../../protocols/exchange/index.ts'
import type { Figure, StartQuantiles } from '../run-figures.ts'
import type { RecordedAct, RunRecord, Source, StartKind, Verdict } from '../run-record.ts'

export interface ReportView {
  run: RunView
  /** Another run of the same, such as the simulation of a testnet. */
  beside?: RunView
  /** The same scenario with other numbers of peers. */
  sweep: SweepPoint[]
}

export interface RunView {
  kind: RunRecord['kind']
  scenario: string
  /** In a line. */
  setting: string
  /** Until listeners and samples had ended. */
  durationMs: number
  figures: Figure[]
  verdicts: JudgedVerdict[]
  /** The first few hundred. */
  acts: Act[]
  actCount: number
  course: CoursePoint[]
  floorBytes: number
  ceilingShare: number
  quantiles: StartQuantiles[]
  curves: CurvePoint[]
  starts: StartPoint[]
  roles: RoleLoad[]
  /** Of peers, the most first. */
  uploaders: Array<{ name: string, region: string, bytes: number }>
  crossings: Crossing[]
  holdings: Holdings
  graph: TrafficGraph
}

export interface JudgedVerdict extends Verdict { isMet: boolean }

export type Act = Pick<RecordedAct, 'atMs' | 'kind' | 'text'>

/** Of one stretch of time; sums and counts are those of its end. */
export interface CoursePoint {
  atMs: number
  untilMs: number
  bytesPerSecond: Record<Source, number>
  /** Of all that came over the network so far, what peers brought; null before anything came. */
  peerShare: number | null
  /** From edges and origin so far. */
  serverBytes: number
  nodesUp: number
  playing: number
  newStalls: number
}

/** `share` of the plays of a kind had begun after `ms`. */
export interface CurvePoint { kind: StartQuantiles['kind'], ms: number, share: number }

export interface StartPoint { atMs: number, ms: number, kind: StartKind, region: string }

export interface RoleLoad {
  role: Role
  nodes: number
  sentBytes: Spread
  fetchedBytes: Spread
  /** Absent of simulated nodes. */
  cpuSeconds?: Spread
  pssBytes?: Spread
}

export interface Spread { p50: number, most: number, sum: number }

export interface Crossing { from: string, to: string, bytes: number }

/** A column is a node, or the mean of several of a region. */
export interface Holdings {
  columns: Array<{ name: string, region: string }>
  titles: string[]
  cells: Array<{ column: number, title: number, held: number }>
}

export interface TrafficGraph {
  nodes: Array<{ name: string, role: Role, region: string, isUp: boolean, sentBytes: number }>
  flows: Array<{ from: number, to: number, bytes: number }>
}

/** What a run of `peers` peers showed. */
export interface SweepPoint {
  peers: number
  kind: RunRecord['kind']
  offload: number
  ceiling: number
  p50Ms: number
  p99Ms: number
}
