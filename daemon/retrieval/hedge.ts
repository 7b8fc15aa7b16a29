/**
 * When a request that is out needs help.
 * in: how far it has come, and what a helper would take for the rest. out: the time from which
 * another source is asked beside it, for the bytes that are missing. Pure.
 *
 * Help is due when nothing comes, when it stops coming, when it comes much slower than was to be
 * expected while somebody else is much faster, and when it would be too late.
 */

import type { Priority } from '../../protocols/exchange/index.ts'
import { expectedMs, SAFETY_MS } from './pick.ts'
import { type Candidate, limitMs, peersEndMs, peersShareMs, type Situation } from './situation.ts'

/** A request that is out. Times are epoch milliseconds. */
export interface Outstanding {
  kind: Candidate['kind']
  startedMs: number
  /** What it was asked for. */
  sizeBytes: number
  /** How long it may be silent, and how long it may take while its node sends other bytes. */
  budgetMs: number
  patienceMs: number
  /** How long it may be silent after other bytes of its node, or in mid-block. */
  stallMs: number
  /** Longer than this is much slower than was to be expected. */
  fairMs: number
  receivedBytes: number
  /** When the first of them came, and how many those were; undefined before. */
  firstMs: number | undefined
  firstBytes: number
  /** When its node last sent anything, `startedMs` until then. */
  heardMs: number
  /** We slept till then: what comes late is not its fault. */
  excusedMs: number
}

/** Who would help with the bytes that are missing. */
export interface Helper {
  /** What it would take for them. */
  ms: number
  /** No peer could. */
  isServer: boolean
}

/** Nobody gets help sooner. */
export const MIN_BUDGET_MS = 100

/** Silence in mid-block, beside a round trip. Higher: fewer bytes twice; lower: shorter gaps. */
export const STALL_MS = 250

/** Higher: fewer bytes twice in bad times; lower: the dead cost less then. */
export const LONG_SILENCE_MS = 3_000

/** So long it is watched before its speed is judged. */
export const OBSERVED_MS = 100

/** Longest wait for one silent peer and one silent server, by priority. */
const PEER_BUDGET_MS: Readonly<Record<Priority, number>> =
  { urgent: 300, playing: 500, prefetch: 800, offline: 800 }
const SERVER_BUDGET_MS: Readonly<Record<Priority, number>> =
  { urgent: 1000, playing: 1000, prefetch: 3000, offline: 5000 }

const BUSY_MACHINE_MS = 200

/** Higher: an edge that pulls is not passed by; lower: a dead one is left sooner. */
const PULL_MS = 600

type Times = Pick<Outstanding, 'budgetMs' | 'patienceMs' | 'stallMs' | 'fairMs'>

/**
 * What a source is given before it needs help; `usualMs` is what sources of its kind take to begin
 * to answer at present.
 */
export function timesFor (source: Candidate, situation: Situation, usualMs = 0): Times {
  const { nowMs, priority, sizeBytes } = situation
  const leftMs = limitMs(situation) - nowMs
  const isPeer = source.kind === 'peer'
  // Twice what it should take, and what a busy machine adds; a server may have to get it first.
  const fairMs = (isPeer ? BUSY_MACHINE_MS : PULL_MS) + 2 * expectedMs(source, sizeBytes)
  const peerMs = Math.min(PEER_BUDGET_MS[priority], peersEndMs(situation) - nowMs, leftMs / 3)
  const longest = isPeer ? Math.min(peerMs, fairMs) : SERVER_BUDGET_MS[priority]
  // Where everybody is slow, who is no slower than the rest is not silent.
  const slowMs = Math.min(usualMs, LONG_SILENCE_MS, leftMs / 3)
  const budgetMs = Math.max(MIN_BUDGET_MS, longest, slowMs)
  const patienceMs = priority === 'urgent'
    ? budgetMs
    : Math.max(budgetMs, Math.min(fairMs, leftMs / 2))
  return { budgetMs, patienceMs, stallMs: STALL_MS + (source.rttMs ?? 0), fairMs }
}

/** From when it counts as silent, unless something comes. */
export function silentMs (out: Outstanding): number {
  const { startedMs, budgetMs, patienceMs, stallMs, receivedBytes, heardMs, excusedMs } = out
  const dueMs = receivedBytes > 0
    ? heardMs + stallMs
    : heardMs > startedMs
      ? Math.min(Math.max(startedMs + budgetMs, heardMs + stallMs), startedMs + patienceMs)
      : startedMs + budgetMs
  return Math.max(startedMs + MIN_BUDGET_MS, dueMs, excusedMs)
}

/**
 * Beside a peer a server is asked later than another peer would be, where there is time: of a crowd
 * that asks the only one who has a block, the last hears of it after seconds.
 */
function sparedUntilMs ({ kind, startedMs }: Outstanding, situation: Situation): number {
  return kind === 'peer'
    ? startedMs + Math.min(LONG_SILENCE_MS, peersShareMs(situation, startedMs))
    : 0
}

/**
 * When it is given up for another where no race may be run: what it sends after that is for
 * nothing, and on a machine that is too slow for everything, giving up soon would make it slower
 * still.
 */
export function givenUpMs (out: Outstanding, situation: Situation): number {
  const longMs = out.startedMs + LONG_SILENCE_MS
  const callMs = limitMs(situation) - SAFETY_MS
  const lastMs = callMs > out.startedMs ? Math.min(longMs, callMs) : longMs
  return Math.max(silentMs(out), lastMs, out.heardMs + out.stallMs)
}

/**
 * When it needs help as things stand; without a helper, when somebody is to be looked for. As bytes
 * come it moves on: look again then.
 */
export function helpDueMs (
  out: Outstanding, situation: Situation, helper: Helper | undefined
): number {
  const { nowMs } = situation
  const sparedMs = helper?.isServer === true ? sparedUntilMs(out, situation) : 0
  const dueMs = Math.max(silentMs(out), sparedMs)
  if (helper == null || nowMs < out.excusedMs) {
    return dueMs
  }
  const endMs = nowMs + restMs(out, nowMs)
  const isMuchSlower = out.firstMs != null && endMs > out.startedMs + out.fairMs &&
    endMs - nowMs > 2 * helper.ms + OBSERVED_MS
  const callMs = limitMs(situation) - 2 * helper.ms - SAFETY_MS
  // Where there never was time for a helper, asking two makes neither sooner.
  const lastCallMs = endMs > limitMs(situation) && callMs > out.startedMs ? callMs : Infinity
  const soonestMs = out.startedMs + MIN_BUDGET_MS
  return Math.min(dueMs, Math.max(soonestMs, isMuchSlower ? nowMs : lastCallMs))
}

/**
 * What the rest will take at the rate seen, since the first bytes or over all: the better of the
 * two, since bytes come in pieces. As good as promised until enough was seen.
 */
function restMs (out: Outstanding, nowMs: number): number {
  const { startedMs, fairMs, firstMs, firstBytes, receivedBytes, sizeBytes } = out
  if (firstMs == null) {
    return Infinity
  }
  if (nowMs - firstMs < OBSERVED_MS) {
    return Math.max(0, startedMs + fairMs - nowMs)
  }
  const bytesPerMs = Math.max(
    receivedBytes / (nowMs - startedMs), (receivedBytes - firstBytes) / (nowMs - firstMs))
  return Math.max(0, sizeBytes - receivedBytes) / bytesPerMs
}
