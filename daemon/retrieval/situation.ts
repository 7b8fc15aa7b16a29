/**
 * How the fetch of one block stands, and how long it may take.
 * in: a want's deadline, need and priority. out: until when it should be here, and until when peers
 * are asked before servers. Pure.
 */

import type { Priority } from '../../protocols/exchange/index.ts'
import type { BlockSource, RetrievalPolicy } from './types.ts'

/** What deciding needs to know of a source. */
export type Candidate = Pick<
  BlockSource,
  'kind' | 'id' | 'rttMs' | 'rateBytesPerSecond' | 'inFlight' | 'holds' | 'score' | 'isFar' |
    'isLastResort'
>

/**
 * How the edges stand for this block: none is known; one may be asked; one is asked, and not silent
 * for too long; those there are have no room, and sent us to the swarm; or they failed.
 */
export type Edges = 'none' | 'open' | 'asked' | 'busy' | 'failed'

/** How the fetch of one block stands. Times are epoch milliseconds. */
export interface Situation {
  nowMs: number
  /** When the fetch began. */
  sinceMs: number
  deadlineMs: number
  /** When its media is played, where that is known. */
  neededMs?: number | undefined
  priority: Priority
  policy: RetrievalPolicy
  /** {@link PEER_TIME_MS} unless said otherwise. */
  peerTimeMs?: number | undefined
  /** As the want's. */
  claim?: number | undefined
  regionClaim?: number | undefined
  isDownload?: boolean | undefined
  sizeBytes: number
  /** When the first source was asked; undefined before. */
  askedMs?: number | undefined
  /** Requests sent and not answered. */
  pending: number
  /** When all of them need help. */
  helpMs: number
  edges: Edges
  /** True while a peer that has the block has no room. */
  isHeldByBusy: boolean
  /** True while it is looked for who else has the title, and those are expected soon. */
  isSeeking: boolean
  /** True when they are expected, but not as soon as what is urgent is needed. */
  isSearchSlow?: boolean
  /** True while further sources may turn up, or a failed one may recover. */
  mayImprove: boolean
}

/**
 * Time given to all peers together before edges are asked too: the CDN fallback of what cannot wait
 * is decided within it.
 */
export const PEER_TIME_MS = 900

/** And of the time that there is for what can. Higher: fewer bytes from servers. */
const PEER_SHARE = 1 / 3

/** A listener waits for it, and nobody said until when it will do. */
export const PLAYING_MS = 4_000

/**
 * What is taken as fast as it comes waits for others as what is played so soon. Higher: fewer bytes
 * from servers; lower: those who come first have it sooner.
 */
const DOWNLOAD_MS = 1_000

/** Until when the block should be here, if it can be had. */
export function limitMs (
  { sinceMs, deadlineMs, neededMs, priority }: Pick<
    Situation, 'sinceMs' | 'deadlineMs' | 'neededMs' | 'priority'
  >
): number {
  const isAwaited = priority === 'urgent' || priority === 'playing'
  return Math.min(deadlineMs, neededMs ?? (isAwaited ? sinceMs + PLAYING_MS : Infinity))
}

/** The same as far as waiting for others goes. */
export function waitLimitMs (situation: Situation): number {
  const limit = limitMs(situation)
  return situation.isDownload === true ? Math.min(limit, situation.sinceMs + DOWNLOAD_MS) : limit
}

/** False where it is waited for at our door, as at an edge's, and nobody says until when. */
export function canWait ({ neededMs, priority }: Situation): boolean {
  return neededMs != null || priority === 'prefetch' || priority === 'offline'
}

/** What peers have before servers, from `fromMs` on, of what can wait; 0 for what cannot. */
export function peersShareMs (situation: Situation, fromMs: number): number {
  return situation.priority === 'urgent' || !canWait(situation)
    ? 0
    : PEER_SHARE * (limitMs(situation) - fromMs)
}

/** Until when peers are asked before servers, after which they fall back to them. */
export function peersEndMs (situation: Situation): number {
  const { nowMs, askedMs = nowMs, peerTimeMs = PEER_TIME_MS } = situation
  return askedMs + Math.max(peerTimeMs, peersShareMs(situation, askedMs))
}
