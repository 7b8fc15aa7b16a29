/**
 * How good each neighbour is to us.
 * in: what the exchange measured of it and its account. out: a score, and what it is made of.
 */

import type { Ledger, Neighbour } from '../../protocols/exchange/index.ts'
import {
  DEFAULT_WEIGHTS, type PeerFacts, type RankWeights, score, type Terms, termsOf
} from './rank.ts'

export interface PeerScoresComponents {
  ledger: Pick<Ledger, 'of'>
}

export interface PeerScoresInit {
  /** {@link DEFAULT_WEIGHTS} */
  weights?: Readonly<RankWeights>
}

export interface PeerScore {
  /** {@link MIN_SCORE} … 1 */
  score: number
  facts: PeerFacts
  /** What each term adds to the score. */
  terms: Terms
}

/** Nobody falls below, so that the far and the poor are asked at times and can rise again. */
export const MIN_SCORE = 0.05

/**
 * Given and taken count from here on. Higher: newcomers stay middling for longer; lower: the first
 * blocks decide.
 */
export const RECIPROCITY_GRACE_BYTES = 1024 * 1024

/** Before so many bytes have come, a rate is that of small answers, not of the link. */
const MIN_RATED_BYTES = 64 * 1024

/** What a peer says of its upload is believed up to here until it is measured. */
const MAX_BELIEVED_BYTES_PER_SECOND = 4_000_000

export class PeerScores {
  readonly #ledger: Pick<Ledger, 'of'>
  readonly #weights: Readonly<RankWeights>
  readonly #sum: number

  constructor (components: PeerScoresComponents, init: PeerScoresInit = {}) {
    this.#ledger = components.ledger
    this.#weights = init.weights ?? DEFAULT_WEIGHTS
    const { rtt, upload, reciprocity, uptime } = this.#weights
    this.#sum = Math.max(Number.MIN_VALUE, rtt + upload + reciprocity + uptime)
  }

  of (neighbour: Neighbour): PeerScore {
    const facts = this.#facts(neighbour)
    const { rtt, upload, reciprocity, uptime } = termsOf(facts)
    const weights = this.#weights
    return {
      score: Math.max(MIN_SCORE, score(facts, weights) / this.#sum),
      facts,
      terms: {
        rtt: weights.rtt * rtt / this.#sum,
        upload: weights.upload * upload / this.#sum,
        reciprocity: weights.reciprocity * reciprocity / this.#sum,
        uptime: weights.uptime * uptime / this.#sum
      }
    }
  }

  #facts (neighbour: Neighbour): PeerFacts {
    const { gaveBytes, tookBytes, uptime } = this.#ledger.of(neighbour.peer)
    const { rttMs } = neighbour
    return {
      ...(rttMs != null && { rttMs }),
      uploadBytesPerSecond: uploadOf(neighbour),
      reciprocity: (gaveBytes + RECIPROCITY_GRACE_BYTES) /
        (gaveBytes + tookBytes + 2 * RECIPROCITY_GRACE_BYTES),
      uptime
    }
  }
}

/** As measured, else as it says: a claim costs nothing, so it earns less than a proof can. */
function uploadOf ({ hello, rateBytesPerSecond, receivedBytes }: Neighbour): number {
  if (rateBytesPerSecond != null && receivedBytes >= MIN_RATED_BYTES) {
    return rateBytesPerSecond
  }
  const said = hello.uploadBytesPerSecond === 0 ? Infinity : hello.uploadBytesPerSecond
  return Math.min(said, MAX_BELIEVED_BYTES_PER_SECOND)
}
