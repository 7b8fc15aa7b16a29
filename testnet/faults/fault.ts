/**
 * Something that goes wrong on purpose while a network runs, and is mended again.
 */

import type { Role } from '../../protocols/exchange/index.ts'
import type { Conduct } from '../conduct.ts'
import type { Daemon } from '../daemon.ts'
import type { HostShape } from '../wires.ts'
import type { RecordedAct } from '../run-record.ts'

/** What was done, to whom; whoever records it knows when. */
export type Struck = Omit<RecordedAct, 'atMs'>

export interface FaultOptions {
  signal?: AbortSignal
  /** Told of each act of a fault that goes on, such as churn, until it is healed. */
  onAct?: (struck: Struck) => void
}

/** May strike before the network starts: then the daemons start as they are to be. */
export interface Fault {
  readonly kind: FaultKind
  strike (network: FaultyNetwork, options?: FaultOptions): Promise<Struck>
  /** Of what was struck: as it was before. Without effect before a strike. */
  heal (network: FaultyNetwork, options?: FaultOptions): Promise<Struck>
}

export const FAULT_KINDS = [
  'kill', 'churn', 'partition', 'slow-peer', 'slow-disk', 'clock-skew',
  'polluter', 'liar', 'free-rider', 'busy'
] as const
export type FaultKind = typeof FAULT_KINDS[number]

/** Daemons by name; or so many, or such a share, of a role (peers unless given), by chance. */
export type Who = readonly string[] | Chosen

export interface Chosen {
  role?: Role
  /** Of one region only. */
  region?: string
  /** All unless given. */
  count?: number
  /** 0 … 1; at least one. */
  share?: number
  seed?: number
}

export type FaultSpec =
  | { kind: 'kill', who: Who }
  /** So many of the peers a minute are killed, and are back after a while. */
  | { kind: 'churn', sharePerMinute: number, downMs?: number, seed?: number, who?: Who }
  /** Sides cannot reach each other: names of regions, or shares of all peers. */
  | { kind: 'partition', regions: ReadonlyArray<readonly string[]> }
  | { kind: 'partition', shares: readonly number[], seed?: number }
  | { kind: 'slow-peer', who: Who, wires?: HostShape }
  | { kind: 'slow-disk', who: Who, delayMs?: number }
  | { kind: 'clock-skew', who: Who, skewMs: number }
  | { kind: 'polluter' | 'liar' | 'free-rider' | 'busy', who: Who }

/** What faults do to a network. */
export interface FaultyNetwork {
  all (): Daemon[]
  /** One that was stopped or killed. */
  restart (daemon: Daemon): Promise<void>
  /** From now on only the daemons of one side, by name, reach each other; [] heals. */
  divide (sides: ReadonlyArray<readonly string[]>): Promise<void>
  /** Other wires than it had; its own again unless given. */
  rewire (daemon: Daemon, wires?: HostShape): Promise<void>
  /** Packed daemons change at once; a process is stopped, and starts again. */
  conduct (daemon: Daemon, conduct: Conduct): Promise<void>
}
