/**
 * What a scenario is: listeners with a day before them, a network they are on, what goes wrong in
 * it at which time, and the figures that all of it has to meet.
 */

import type { FaultSpec } from './faults/index.ts'
import type { Settings } from './daemon.ts'
import type { RunRecord, Verdict } from './run-record.ts'
import type { Role } from '../protocols/exchange/index.ts'
import type { Trace } from './workload/trace.ts'

export interface SceneSize {
  /** Peers that listen. */
  peers: number
  /** Of every decision. */
  seed: number
  /**
   * A few minutes of the day: too few plays for quantiles, and no time for compilers, so that it is
   * judged by what must hold always.
   */
  isShort: boolean
}

export interface Scenario {
  name: string
  /** A sentence. */
  about: string
  /** The same each time for the same size. */
  scene: (size: SceneSize) => Scene
}

export interface Scene {
  trace: Trace
  /** One for each region, in their order. */
  edges: number
  /** More settings for every daemon of a role. */
  roles?: Partial<Record<Role, Settings>>
  /** Wires of edges and origin, bytes a second each way; {@link SERVER_WIRE} unless given. */
  serverBytesPerSecond?: number
  /** false: no plain HTTP player begins beside some of the listeners. True unless given. */
  hasPlainPlayers?: boolean
  /** What idle nodes cost, and those that have played, is measured: it takes nine minutes more. */
  showsCosts?: boolean
  acts: Act[]
  goals: Goal[]
}

/** Times are seconds of the day, as in the trace. */
export interface Act {
  fault: FaultSpec
  /** Before the network starts unless given. */
  at?: number
  /** When the day ends unless given. */
  healsAt?: number
}

/** A figure of the run (run-figures.ts) by its name, or one of its own. */
export type Goal = Pick<Verdict, 'is' | 'goal'> & ({ figure: string } | OwnFigure)

type OwnFigure = Pick<Verdict, 'name' | 'unit'> & (
  | { measure: (record: RunRecord) => number }
  /** Beside a run of `zipf-day` with as many peers; not judged without one. */
  | { measureAgainst: (record: RunRecord, clean: RunRecord) => number }
)

/** 1 Gbit/s. */
export const SERVER_WIRE = 125_000_000
