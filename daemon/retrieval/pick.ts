/**
 * What to do next for one block: ask a source, wait, or give up.
 * in: the sources that may be asked and how the fetch stands. out: one step. Pure but for the dice
 * passed in.
 *
 * Each block goes to whoever should have it here first: queue ÷ rate + round trip, weighed by
 * score. `peers-first` takes a peer that can make it before any server; `server-first` a server
 * until it is busy. What is urgent goes to whoever is certain and fastest. When those who are asked
 * need help, hedge.ts says.
 */

import type { Random } from '../../protocols/clock.ts'
import type { Priority } from '../../protocols/exchange/index.ts'
import {
  type Candidate, canWait, limitMs, peersEndMs, type Situation, waitLimitMs
} from './situation.ts'

export type Step<T extends Candidate> =
  | { do: 'ask', source: T }
  | { do: 'wait', ms: number }
  | { do: 'stop' }

/** Requests for one block at the same time; for one more, the oldest is given up. */
export const MAX_PARALLEL_ASKS = 4

/** Kept back before the limit beside twice what the last source to be asked needs. */
export const SAFETY_MS = 200

/** How often a fetch that can only wait looks around again. */
export const IDLE_TICK_MS = 250

/** Share of picks among peers that are left to chance, so that unused peers get measured. */
export const EXPLORATION = 0.05

/**
 * Share of the slack that a fetch waits for a neighbour that is loading the block, so that not
 * everyone asks the edge. Higher: fewer bytes from servers; lower: less lost when the neighbour
 * fails. For one that only is to load it, {@link UNTOLD_SHARE} of that.
 */
export const WAIT_SHARE: Readonly<Record<Priority, number>> =
  { urgent: 0, playing: 0.5, prefetch: 0.5, offline: 0.5 }
export const UNTOLD_SHARE = 0.5

/**
 * Of that share, what those wait whose turn is next, and more for each turn: when the first is gone
 * or slow, who asks can say so before the others do too.
 */
const PATIENCE = { first: 0.6, turn: 0.05 }
const MAX_TURNS = 19

/**
 * What a request costs its source beyond its bytes. Higher: peers that are all fast share the work
 * more evenly, whose measured rates tell how busy we were; lower: small blocks go to the fastest.
 */
const REQUEST_MS = 10

/** Of sources not measured: optimistic, so that new ones are tried. */
const ASSUMED_RTT_MS = 50
const ASSUMED_RATE_BYTES_PER_SECOND = 2_000_000

/** Bytes between regions cost more than time. Higher: fewer of them; lower: near peers do less. */
const FAR_FACTOR = 4

/** Of one that nobody scores. */
const MIDDLING_SCORE = 0.5

/** Costs more than all that comes in time. */
const TOO_LATE = 1e12

/** Up to this size only the round trip matters, and the rate need not be known. */
const SMALL_BYTES = 32 * 1024

/**
 * How many times as long as a server a peer may take with what is played at once. Higher: fewer
 * bytes from servers; lower: sooner starts.
 */
const PEER_BONUS = 2.2

/**
 * Of the time until an urgent block is played, what a peer may take of it, or a search for one.
 * Higher: fewer bytes from servers; lower: more time to get help. Players that begin only with a
 * whole segment wait for no block longer than for the most.
 */
const AMPLE_SHARE = 0.5
const MAX_AMPLE_MS = 300

/**
 * From asking to having the block: its queue and the block at the source's rate, and one round
 * trip.
 */
export function expectedMs (source: Candidate, sizeBytes: number): number {
  const rate = Math.max(1, source.rateBytesPerSecond ?? ASSUMED_RATE_BYTES_PER_SECOND)
  return (source.rttMs ?? ASSUMED_RTT_MS) + (source.inFlight + 1) * sizeBytes / rate * 1000
}

/** The server that would be asked now: edges before origins, near before far. */
export function bestServer<T extends Candidate> (candidates: readonly T[]): T | undefined {
  let best: T | undefined
  for (const candidate of candidates) {
    if (candidate.kind !== 'peer' && (best == null || nearestEdgeFirst(candidate, best) < 0)) {
      best = candidate
    }
  }
  return best
}

/** The next step, given the sources that are askable now (origin-turn.ts). */
export function nextStep<T extends Candidate> (
  candidates: readonly T[], situation: Situation, random: Random
): Step<T> {
  const { nowMs, pending, helpMs, mayImprove, isHeldByBusy } = situation
  if (pending > 0 && nowMs < helpMs) {
    return { do: 'wait', ms: helpMs - nowMs }
  }
  const waitMs = pending > 0 ? 0 : othersMs(candidates, situation)
  if (waitMs > 0) {
    // Nobody tells us when there is room again.
    return { do: 'wait', ms: isHeldByBusy ? Math.min(waitMs, IDLE_TICK_MS) : waitMs }
  }
  const source = choose(candidates, situation, random)
  if (source != null) {
    return { do: 'ask', source }
  }
  const isComing = candidates.some(({ holds }) => holds === 'loading') || isEdgeComing(situation)
  return pending > 0 || mayImprove || isComing ? { do: 'wait', ms: IDLE_TICK_MS } : { do: 'stop' }
}

/** An edge is at work on it, or will be: a stranger need not be asked. */
function isEdgeComing ({ edges }: Situation): boolean {
  return edges === 'asked' || edges === 'busy'
}

function choose<T extends Candidate> (
  candidates: readonly T[], situation: Situation, random: Random
): T | undefined {
  const server = bestServer(candidates)
  const peers = isFromEdge(server, situation)
    ? candidates.filter(({ isFar }) => isFar !== true)
    : candidates
  const holder = bestPeer(peers, 'have', situation, random)
  return first(holder, server, candidates, situation, random) ??
    (isEdgeComing(situation) ? undefined : bestPeer(candidates, 'unknown', situation, random))
}

/**
 * The first in a region to take a title as fast as it comes would take the lines of the few who
 * have it elsewhere: its edge sends it, for all of the region once.
 */
function isFromEdge (
  server: Candidate | undefined, { isDownload, edges }: Situation
): boolean {
  return isDownload === true && server?.kind === 'edge' && edges !== 'busy'
}

/** The holder or the server, whichever the policy and the time left want first. */
function first<T extends Candidate> (
  holder: T | undefined, server: T | undefined, candidates: readonly T[], situation: Situation,
  random: Random
): T | undefined {
  if (holder == null || server == null) {
    return holder ?? server
  }
  if (situation.edges === 'busy' && canMakeIt(holder, situation)) {
    return holder
  }
  if (situation.priority === 'urgent') {
    return certain(candidates, server, situation, random) ?? server
  }
  if (situation.policy === 'server-first') {
    // While its edges are busy, a network's origin is spared: the swarm serves. It also helps one
    // that was asked and is slow, whose other ways are as slow.
    const isItsTurn = server.kind === 'edge' || situation.edges === 'none'
    const isAlone = situation.askedMs == null && !isSooner(holder, server, situation)
    return isItsTurn && isAlone ? server : holder
  }
  const { nowMs } = situation
  const isPeersTimeUp = nowMs >= peersEndMs(situation)
  return isPeersTimeUp || !canMakeIt(holder, situation) ? server : holder
}

/**
 * The peer that is sure to be hardly slower than the server, or should have it in plenty of time:
 * then also one whose rate nobody knows yet, reckoned as fast as most. In a crowd that is the first
 * to have anything, whom all ask: what is played at once does not wait for it.
 */
function certain<T extends Candidate> (
  candidates: readonly T[], server: T, situation: Situation, random: Random
): T | undefined {
  const { sizeBytes, nowMs, neededMs = nowMs } = situation
  const ampleMs = Math.min(AMPLE_SHARE * (neededMs - nowMs), MAX_AMPLE_MS)
  const soonMs = PEER_BONUS * expectedMs(server, sizeBytes)
  const isSure = (peer: T): boolean => {
    const ms = expectedMs(peer, sizeBytes)
    return peer.rttMs != null && (ms <= ampleMs || (ms <= soonMs && isRated(peer, sizeBytes)))
  }
  return bestPeer(candidates.filter(isSure), 'have', situation, random)
}

function isRated ({ rateBytesPerSecond }: Candidate, sizeBytes: number): boolean {
  return rateBytesPerSecond != null || sizeBytes <= SMALL_BYTES
}

/** A server whose line is full is late before it says that it is busy. */
function isSooner (holder: Candidate, server: Candidate, situation: Situation): boolean {
  const { sizeBytes } = situation
  return !canMakeIt(server, situation) &&
    expectedMs(holder, sizeBytes) < expectedMs(server, sizeBytes)
}

/** With room to spare: what is expected is only that. */
function canMakeIt (source: Candidate, situation: Situation): boolean {
  return expectedMs(source, situation.sizeBytes) <= (limitMs(situation) - situation.nowMs) / 2
}

/**
 * Of those who can make it, else of all: least expected time for its score, chance among equals;
 * now and then anyone who can make it.
 */
function bestPeer<T extends Candidate> (
  candidates: readonly T[], holds: Candidate['holds'], situation: Situation, random: Random
): T | undefined {
  const isExploring = situation.priority !== 'urgent' && random() < EXPLORATION
  let best: T | undefined
  let bestCost = Infinity
  let equals = 0
  for (const candidate of candidates) {
    if (candidate.kind !== 'peer' || candidate.holds !== holds) {
      continue
    }
    const cost = canMakeIt(candidate, situation)
      ? isExploring && candidate.isFar !== true ? 0 : costMs(candidate, situation.sizeBytes)
      : TOO_LATE + costMs(candidate, situation.sizeBytes)
    equals = cost < bestCost ? 1 : equals + Number(cost === bestCost)
    if (cost < bestCost || (cost === bestCost && random() * equals < 1)) {
      best = candidate
      bestCost = cost
    }
  }
  return best
}

/**
 * What peers are compared by. Their rates count by the root: where the bottleneck is ours, who is
 * asked for more is measured as faster, and would be asked for more still, until one does it all.
 */
function costMs (source: Candidate, sizeBytes: number): number {
  const { rateBytesPerSecond: rate, inFlight } = source
  const damped = rate && Math.sqrt(rate * ASSUMED_RATE_BYTES_PER_SECOND)
  const ms = expectedMs({ ...source, rateBytesPerSecond: damped }, sizeBytes) +
    (inFlight + 1) * REQUEST_MS
  return ms * (source.isFar === true ? FAR_FACTOR : 1) / (0.5 + (source.score ?? MIDDLING_SCORE))
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

/**
 * Left to wait for a neighbour that gets the block from a server, or from another region, so that
 * not everyone does; or for who is being looked for, before a server is asked.
 */
function othersMs (candidates: readonly Candidate[], situation: Situation): number {
  const {
    nowMs, sinceMs, sizeBytes, priority, policy, regionClaim, isSeeking, isSearchSlow, isHeldByBusy
  } = situation
  const peers = candidates.filter(({ kind }) => kind === 'peer')
  const far = peers.find(({ holds, isFar }) => holds === 'have' && isFar === true)
  const claim = far == null ? situation.claim : regionClaim
  const isLoading = peers.some(({ holds, isFar }) =>
    holds === 'loading' && (far == null || isFar !== true)) || (isHeldByBusy && canWait(situation))
  const isUntold = !isLoading && claim != null && claim > 0
  const isHeld = peers.some(({ holds, isFar }) => holds === 'have' && isFar !== true)
  const source = far ?? bestServer(candidates)
  const isSoon = priority !== 'urgent' || isSearchSlow !== true
  const isSought = isSeeking && isSoon && source != null && source.kind !== 'peer' &&
    canWait(situation)
  if (isHeld || policy === 'server-first' || !(isLoading || isUntold || isSought)) {
    return 0
  }
  const needMs = source == null ? 0 : 2 * expectedMs(source, sizeBytes)
  const patience = claim == null ? 1 : PATIENCE.first + PATIENCE.turn * Math.min(claim, MAX_TURNS)
  const sought = priority === 'urgent' ? AMPLE_SHARE : WAIT_SHARE[priority]
  const share = Math.max(
    isSought ? sought : 0,
    isLoading ? WAIT_SHARE[priority] * patience : 0,
    isUntold ? WAIT_SHARE[priority] * patience * UNTOLD_SHARE : 0
  )
  return sinceMs + share * (waitLimitMs(situation) - sinceMs - needMs) - nowMs
}
