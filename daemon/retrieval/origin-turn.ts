/**
 * When an origin is asked: it sends each byte a few times, whatever the size of the audience, so
 * that a crowd that finds the edges full must not fall upon it.
 * in: how the edges stand, how urgent the block is. out: who may be asked now. Pure.
 *
 * With no edge, or none that works, the origin is a server like any other. An edge that has no room
 * has named peers: they get their time, and what is not needed yet waits for the edge; at last the
 * edge is asked as by those who know no peers, before the origin, and in time for the rest of a
 * start that has begun to play. An edge that has been asked is helped by the origin only at the
 * last moment in which that is of use.
 */

import { expectedMs, SAFETY_MS } from './pick.ts'
import { type Candidate, limitMs, PEER_TIME_MS, type Situation } from './situation.ts'

/** Those of the candidates that may be asked as things stand. */
export function askable<T extends Candidate> (
  candidates: readonly T[], situation: Situation
): readonly T[] {
  const { edges, nowMs } = situation
  return edges === 'none' || edges === 'failed'
    ? candidates
    : candidates.filter(candidate => !isSpared(candidate) || nowMs >= dueMs(candidate, situation))
}

const isSpared = ({ kind, isLastResort }: Candidate): boolean =>
  kind === 'origin' || isLastResort === true

/** Epoch milliseconds; Infinity while the edges do. */
function dueMs (spared: Candidate, situation: Situation): number {
  const { edges, sinceMs, sizeBytes, priority } = situation
  const lastCallMs = limitMs(situation) - 2 * expectedMs(spared, sizeBytes) - SAFETY_MS
  if (edges === 'busy') {
    const peersEndMs = sinceMs + PEER_TIME_MS
    if (priority !== 'urgent') return Math.max(peersEndMs, lastCallMs)
    // What was late from the beginning is of a crowd that starts.
    const isInTime = spared.kind === 'edge' && limitMs(situation) > sinceMs + SAFETY_MS
    return isInTime ? Math.min(peersEndMs, lastCallMs) : peersEndMs
  }
  const isAwaited = priority === 'urgent' || priority === 'playing'
  // A block that was late from the beginning is not sooner here by being asked for twice.
  return isAwaited && lastCallMs > sinceMs ? lastCallMs : Infinity
}
