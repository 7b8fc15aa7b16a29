/**
 * How long sources take to begin to answer, as of late.
 * in: from request to first byte, of peers and of servers. out: the time within which nearly all
 * answer: what takes longer is not slow as everything is, but silent.
 *
 * Smoothed mean and deviation as TCP has them for its retransmissions (RFC 6298).
 */

import type { BlockSource } from './types.ts'

/** Weights of a new answer in the mean and in the deviation. */
const ALPHA = 1 / 8
const BETA = 1 / 4
/** Deviations above the mean. Higher: fewer bytes twice; lower: the dead cost less. */
const DEVIATIONS = 4
/** With fewer answers nothing is usual. */
const MIN_ANSWERS = 8

interface Times { meanMs: number, deviationMs: number, answers: number }

export class AnswerTimes {
  readonly #peers: Times = { meanMs: 0, deviationMs: 0, answers: 0 }
  readonly #servers: Times = { meanMs: 0, deviationMs: 0, answers: 0 }

  add (kind: BlockSource['kind'], ms: number): void {
    const times = this.#of(kind)
    if (times.answers++ === 0) {
      times.meanMs = ms
      times.deviationMs = ms / 2
      return
    }
    times.deviationMs += BETA * (Math.abs(ms - times.meanMs) - times.deviationMs)
    times.meanMs += ALPHA * (ms - times.meanMs)
  }

  /** 0 while too little is known. */
  usualMs (kind: BlockSource['kind']): number {
    const { meanMs, deviationMs, answers } = this.#of(kind)
    return answers < MIN_ANSWERS ? 0 : meanMs + DEVIATIONS * deviationMs
  }

  #of (kind: BlockSource['kind']): Times {
    return kind === 'peer' ? this.#peers : this.#servers
  }
}
