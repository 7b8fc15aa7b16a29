/**
 * Which peers first: w1·(1/RTT) + w2·upload capacity + w3·reciprocity + w4·uptime.
 * in: what is known of a peer. out: its score. Pure.
 */

/** What is known of a peer; what is not known is assumed to be middling. */
export interface PeerFacts {
  rttMs?: number
  /** Bytes per second it sends or is willing to; Infinity when it sets no limit. */
  uploadBytesPerSecond?: number
  /** What it gave us ÷ what we exchanged, 0 … 1. */
  reciprocity?: number
  /** Share of the time that it could be reached, 0 … 1. */
  uptime?: number
}

/** Relative to each other; 0 leaves a term out. */
export interface RankWeights {
  rtt: number
  upload: number
  reciprocity: number
  uptime: number
}

export type Term = keyof RankWeights
/** Each 0 … 1. */
export type Terms = Record<Term, number>

export const DEFAULT_WEIGHTS: Readonly<RankWeights> =
  { rtt: 1, upload: 0.5, reciprocity: 0.5, uptime: 0 }

/** An RTT that earns half of the RTT term. Higher: tells far peers apart; lower: near ones. */
export const REFERENCE_RTT_MS = 20

/** An upload rate that earns half of the upload term. */
export const REFERENCE_UPLOAD_BYTES_PER_SECOND = 1_000_000

/** Of a peer nobody has measured. */
export const ASSUMED_RTT_MS = 100

const MIDDLING = 0.5

/** Each fact brought to 0 … 1, the more the better. */
export function termsOf ({ rttMs, uploadBytesPerSecond, reciprocity, uptime }: PeerFacts): Terms {
  return {
    rtt: REFERENCE_RTT_MS / (REFERENCE_RTT_MS + Math.max(0, rttMs ?? ASSUMED_RTT_MS)),
    upload: saturate(uploadBytesPerSecond),
    reciprocity: reciprocity ?? MIDDLING,
    uptime: uptime ?? MIDDLING
  }
}

/** 0 … the sum of the weights; higher is better. */
export function score (facts: PeerFacts, weights: Readonly<RankWeights> = DEFAULT_WEIGHTS): number {
  const terms = termsOf(facts)
  return weights.rtt * terms.rtt + weights.upload * terms.upload +
    weights.reciprocity * terms.reciprocity + weights.uptime * terms.uptime
}

function saturate (rate: number | undefined): number {
  if (rate == null) {
    return MIDDLING
  }
  return rate === Infinity ? 1 : rate / (rate + REFERENCE_UPLOAD_BYTES_PER_SECOND)
}
