/**
 * What a run showed, in numbers: written by the testnet and by the simulation alike, read by the
 * report, by the comparison of two runs and by what a scenario has to meet.
 *
 * Times are milliseconds since the first listener may play, on the wall (or virtual) clock; bytes
 * are verified bytes of blocks unless said otherwise.
 */

import type { Role } from '../protocols/exchange/index.ts'

/** Where bytes of a play came from; `local`: the node's own store. */
export type Source = 'local' | 'peer' | 'edge' | 'origin'
export type BytesBySource = Record<Source, number>

/** What a node had when a play began: nothing, a connection to a source, the first bytes. */
export type StartKind = 'cold' | 'warm' | 'cached'

export interface RunRecord {
  scenario: string
  kind: 'testnet' | 'simulation'
  seed: number
  /** Playback seconds per second; 1 … 4. */
  speed: number
  /** Of the run, from the first listener to the last. */
  durationMs: number
  setting: RunSetting
  titles: RecordedTitle[]
  plays: RecordedPlay[]
  /** What was done to the network, in the order of time. */
  acts: RecordedAct[]
  /** Sums so far, one a second or more rarely. */
  samples: Sample[]
  nodes: RecordedNode[]
  /** Bytes between two nodes by name; the largest few thousand. */
  flows: Flow[]
  bounds: Bounds
  /** What the scenario has to meet, and what it did. */
  verdicts: Verdict[]
}

export interface RunSetting {
  /** Peers that listen; servers are counted apart. */
  peers: number
  edges: number
  regions: string[]
  degree: number
  /** Peers that share a process; 1: each has its own. */
  perProcess: number
  /** Seconds from the first process to the last that was ready. */
  upSeconds: number
  /** Cores that all processes together kept busy while nobody played. */
  idleCores?: number
}

export interface RecordedTitle {
  name: string
  bytes: number
  durationMs: number
  segments: number
}

export interface RecordedPlay {
  /** Name of the node. */
  node: string
  region: string
  /** Number of the title. */
  title: number
  startedAtMs: number
  start: StartKind
  /** NaN is written as null: it never began. */
  startUpMs: number | null
  /** Of a plain HTTP player that began beside it, where there was one. */
  plainStartUpMs?: number
  /** From going elsewhere in the title until it played there, where the listener did. */
  seekMs?: number
  /** Until all of it was there, where it was fetched as fast as it comes. */
  wholeMs?: number
  /** Of each segment that only peers brought, one of the same region the most of it. */
  nearSegmentsMs?: number[]
  stalls: number
  stalledMs: number
  segments: number
  /** Files that did not come. */
  missing: number
  bytes: number
  /** Bytes whose hash was not the publisher's. */
  wrongBytes: number
  /** Why it could not begin, or the first of its files did not come. */
  error?: string
}

export interface RecordedAct {
  atMs: number
  /** Such as `kill`, `restart`, `partition`, `heal`. */
  kind: string
  /** Names of the nodes it struck. */
  nodes: string[]
  /** In a sentence. */
  text: string
}

export interface Sample {
  atMs: number
  /** All peers together. */
  fetched: BytesBySource
  /** Sent over HTTP and exchange by all origins, and by all edges. */
  originSentBytes: number
  edgeSentBytes: number
  /** Received and not used. */
  wastedBytes: number
  nodesUp: number
  playing: number
  stalls: number
}

export interface RecordedNode {
  name: string
  role: Role
  region: string
  isUp: boolean
  fetched: BytesBySource
  sentBytes: number
  wastedBytes: number
  /** Blocks it refused because they did not hash to their CID. Absent of simulated ones. */
  mismatches?: number
  /** Of the process; shared among those that are packed into one. Absent of simulated ones. */
  cpuSeconds?: number
  /** As that, when nobody has played for a while; absent of short runs too. */
  pssBytes?: number
  /** Part of each title held in the end, 0 … 1, in the order of titles. */
  held: number[]
  /** Peers it had banned in the end. */
  banned: string[]
}

export interface Flow { from: string, to: string, bytes: number }

/** What no system could do better; requirements.md has the definition. */
export interface Bounds {
  /** Bytes the servers had to send: first copies, and what was played while nobody had it. */
  floorBytes: number
  /** Largest share that peers can bring: (N−1)/N of what is fetched, for each title. */
  ceilingShare: number
}

export interface Verdict {
  /** What is measured, such as `start-up p50`. */
  name: string
  /** null where the run did not show it. */
  measured: number | null
  goal: number
  /** Whether `measured` may be no more, or no less, than `goal`. */
  is: 'at most' | 'at least'
  unit: string
}

/** Whether the figure meets its goal; one that was not measured meets none. */
export function isMet ({ measured, goal, is }: Verdict): boolean {
  if (measured == null) return false
  return is === 'at most' ? measured <= goal : measured >= goal
}
