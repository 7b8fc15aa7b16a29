/**
 * How often a node tells its links, so that all together stay within a budget of bytes.
 * in: how many tell on the same topic, how much links changed. out: whether it is our turn.
 */

import type { Random } from '../../protocols/clock.ts'

/**
 * What a record costs a node as a multiple of its bytes: it comes over some of the mesh's links
 * and goes over others, each copy with the headers of gossipsub, encryption, TCP and IP, and is
 * told of by ID. Measured by `npm run bench -- gossip`: 8 to 10.
 */
export const COPIES = 10

/**
 * Nobody tells more often unless something changed, nor in the long run then. Higher: idle nodes
 * sleep longer; lower: those who missed a record know sooner.
 */
export const SHORTEST_PERIOD_MS = 300_000
export const LONGEST_PERIOD_MS = 15 * 60_000
/** Between two records of one node, whatever changed. */
export const LEAST_GAP_MS = 30_000
/** A change of an RTT worth telling, as a share of it. */
const CHANGE = 0.1
/** Records that may be told at short notice after a long calm, and after the start. */
const MAX_CREDIT = 3
/** Each period is this share shorter or longer, or those who start together tell together. */
const JITTER = 0.1

export interface Told {
  /** Told by others and us on one topic, and held now. */
  records: number
  /** Of one of them, on average. */
  recordBytes: number
  /** That the topic may cost each of its nodes. */
  bytesPerSecond: number
}

/** Between two records of each node on the topic. */
export function periodMs ({ records, recordBytes, bytesPerSecond }: Told): number {
  const seconds = records * recordBytes * COPIES / bytesPerSecond
  return Math.min(LONGEST_PERIOD_MS, Math.max(SHORTEST_PERIOD_MS, 1000 * seconds))
}

export class Pace {
  readonly #random: Random
  #credit = MAX_CREDIT
  #lookedMs: number | undefined
  #toldMs: number | undefined
  #jitter = 1

  constructor ({ random }: { random: Random }) {
    this.#random = random
  }

  /** Whatever changed; cheaper to ask than {@link isDue}. */
  mayTell (nowMs: number): boolean {
    return this.#toldMs == null || nowMs - this.#toldMs >= LEAST_GAP_MS
  }

  /** `changedBy`: the largest relative change of an RTT since the last record. */
  isDue (nowMs: number, periodMs: number, changedBy: number): boolean {
    const passedMs = Math.max(0, nowMs - (this.#lookedMs ?? nowMs))
    this.#credit = Math.min(MAX_CREDIT, this.#credit + passedMs / periodMs)
    this.#lookedMs = nowMs
    if (this.#toldMs == null) return true
    const isTime = nowMs - this.#toldMs >= periodMs * this.#jitter
    return this.#credit >= 1 && this.mayTell(nowMs) && (changedBy > CHANGE || isTime)
  }

  told (nowMs: number): void {
    this.#credit -= 1
    this.#toldMs = nowMs
    this.#jitter = 1 + JITTER * (2 * this.#random() - 1)
  }
}
