/**
 * What to do next for one block: ask a source, wait, or give up.
 * in: the sources not asked yet and how the fetch stands. out: one step. Pure but for the dice
 * passed in.
 *
 * Order: peers known to hold it and fast enough, least expected completion time first → the nearest
 * edge → the other edges → origin → peers of whom nothing is known. A source that does not answer
 * within its budget is not cancelled: the next one is asked beside it, and the first verified
 * answer wins.
 */

import type { Random } from '../../protocols/clock.ts'
import type { Priority } from '../../protocols/exchange/index.ts'
import type { BlockSource } from './types.ts'

/** What deciding needs to know of a source. */
export type Candidate =
  Pick<BlockSource, 'kind' | 'id' | 'rttMs' | 'rateBytesPerSecond' | 'inFlight' | 'holds'>

/** How the fetch of one block stands. Times are epoch milliseconds. */
export interface Situation {
  nowMs: number
  /** When the fetch began. */
  sinceMs: number
  deadlineMs: number
  priority: Priority
  sizeBytes: number
  /** Requests sent and not answered. */
  pending: number
  /** When the last of them has had its time. */
  pendingBudgetMs: number
  /** True while further sources may turn up, or a failed one may recover. */
  mayImprove: boolean
}

export interface AskStep<T extends Candidate> {
  do: 'ask'
  source: T
  /** How long it may stay silent. */
  budgetMs: number
  /** How long it may take while bytes come. */
  patienceMs: number
}

export type Step<T extends Candidate> =
  | AskStep<T>
  | { do: 'wait', ms: number }
  | { do: 'stop' }

/**
 * Time given to all peers together before edges are asked too: the CDN fallback is decided within
 * it.
 */
export const PEER_TIME_MS = 900

/**
 * How long a fetch that is not urgent waits for a peer that is loading the block from the edge
 * itself.
 */
export const LOADING_WAIT_MS = 300

/**
 * Requests for one block at the same time; for one more, the oldest is given up. Higher: more
 * waste.
 */
export const MAX_PARALLEL_ASKS = 4

/** How often a fetch that can only wait looks around again. */
export const IDLE_TICK_MS = 250

/** Share of picks among peers that are left to chance, so that unused peers get measured. */
export const EXPLORATION = 0.05

/** Of sources not measured: optimistic, so that new ones are tried. */
const ASSUMED_RTT_MS = 50
const ASSUMED_RATE_BYTES_PER_SECOND = 2_000_000

const MIN_BUDGET_MS = 100
/** Longest wait for one silent peer and one silent server, by priority. */
const PEER_BUDGET_MS: Record<Priority, number> =
  { urgent: 300, playing: 500, prefetch: 800, offline: 800 }
const SERVER_BUDGET_MS: Record<Priority, number> =
  { urgent: 1000, playing: 1000, prefetch: 2000, offline: 4000 }

/**
 * From asking to having the block: its queue and the block at the source's rate, and one round
 * trip.
 */
export function expectedMs (source: Candidate, sizeBytes: number): number {
  const rate = Math.max(1, source.rateBytesPerSecond ?? ASSUMED_RATE_BYTES_PER_SECOND)
  return (source.rttMs ?? ASSUMED_RTT_MS) + (source.inFlight + 1) * sizeBytes / rate * 1000
}

/** How long the source may stay silent before the next one is asked beside it. */
export function budgetMs (source: Candidate, situation: Situation): number {
  const { nowMs, sinceMs, priority } = situation
  const longest = source.kind === 'peer'
    ? Math.min(PEER_BUDGET_MS[priority], sinceMs + PEER_TIME_MS - nowMs)
    : SERVER_BUDGET_MS[priority]
  const fair = fairMs(source, situation)
  return Math.max(MIN_BUDGET_MS, Math.min(longest, fair, leftMs(situation) / 3))
}

/** How long it may take while bytes keep coming from it; never less than its budget. */
export function patienceMs (source: Candidate, situation: Situation): number {
  const budget = budgetMs(source, situation)
  return situation.priority === 'urgent'
    ? budget
    : Math.max(budget, Math.min(fairMs(source, situation), leftMs(situation) / 2))
}

/** Twice what it should take, and what a busy machine adds. */
function fairMs (source: Candidate, { sizeBytes }: Situation): number {
  return 200 + 2 * expectedMs(source, sizeBytes)
}

function leftMs ({ deadlineMs, nowMs }: Situation): number {
  return deadlineMs - nowMs
}

/** The next step, given the sources that may be asked now. */
export function nextStep<T extends Candidate> (
  candidates: readonly T[], situation: Situation, random: Random
): Step<T> {
  const { nowMs, pending, pendingBudgetMs, mayImprove } = situation
  if (pending > 0 && nowMs < pendingBudgetMs) {
    return { do: 'wait', ms: pendingBudgetMs - nowMs }
  }
  const waitMs = pending > 0 ? 0 : loadingWaitMs(candidates, situation)
  if (waitMs > 0) {
    return { do: 'wait', ms: waitMs }
  }
  const source = choose(candidates, situation, random)
  if (source != null) {
    return {
      do: 'ask',
      source,
      budgetMs: budgetMs(source, situation),
      patienceMs: patienceMs(source, situation)
    }
  }
  const isLoading = candidates.some(candidate => candidate.holds === 'loading')
  return pending > 0 || mayImprove || isLoading ? { do: 'wait', ms: IDLE_TICK_MS } : { do: 'stop' }
}

/** Best of the first kind in order that has any. */
function choose<T extends Candidate> (
  candidates: readonly T[], situation: Situation, random: Random
): T | undefined {
  const holders = candidates.filter(({ kind, holds }) => kind === 'peer' && holds === 'have')
  const servers = candidates.filter(({ kind }) => kind !== 'peer')
  const isPeersTimeUp = situation.nowMs - situation.sinceMs >= PEER_TIME_MS
  const holder = fastest(holders, situation, random)
  const isTooSlow = holder != null &&
    expectedMs(holder, situation.sizeBytes) > leftMs(situation) / 2
  if (holder != null && !(servers.length > 0 && (isPeersTimeUp || isTooSlow))) {
    return holder
  }
  const strangers = candidates.filter(({ kind, holds }) => kind === 'peer' && holds === 'unknown')
  return servers.sort(nearestEdgeFirst)[0] ?? fastest(strangers, situation, random)
}

function fastest<T extends Candidate> (
  sources: T[], { priority, sizeBytes }: Situation, random: Random
): T | undefined {
  if (priority !== 'urgent' && random() < EXPLORATION) {
    return sources[Math.floor(random() * sources.length)]
  }
  const dice = new Map(sources.map(source => [source, random()]))
  return sources.toSorted((a, b) =>
    expectedMs(a, sizeBytes) - expectedMs(b, sizeBytes) || dice.get(a)! - dice.get(b)!)[0]
}

/** Edges before origins, sure ones before a guess, near before far; equals keep their order. */
function nearestEdgeFirst (a: Candidate, b: Candidate): number {
  return Number(a.kind === 'origin') - Number(b.kind === 'origin') ||
    Number(a.holds !== 'have') - Number(b.holds !== 'have') ||
    compare(a.rttMs ?? Infinity, b.rttMs ?? Infinity)
}

function compare (a: number, b: number): number {
  return a === b ? 0 : a - b
}

/** Left to wait for a neighbour that is loading the block, so that not everyone asks the edge. */
function loadingWaitMs (candidates: readonly Candidate[], situation: Situation): number {
  const isLoading = candidates.some(({ kind, holds }) => kind === 'peer' && holds === 'loading')
  const isHeld = candidates.some(({ kind, holds }) => kind === 'peer' && holds === 'have')
  if (!isLoading || isHeld || situation.priority === 'urgent') {
    return 0
  }
  return situation.sinceMs + LOADING_WAIT_MS - situation.nowMs
}
