/**
 * What a node has counted since a moment, also one that was started again meanwhile.
 * in: looks at its counters. out: sums, which never fall.
 */

import type { BytesBySource, Status } from '../../protocols/control/index.ts'

/** Of a {@link Status}. */
export type Counters =
  Pick<Status, 'delivered' | 'uploadedBytes' | 'wastedBytes' | 'mismatches' | 'uptimeSeconds'>

export interface Counts {
  fetched: BytesBySource
  sentBytes: number
  wastedBytes: number
  mismatches: number
}

export class Tally {
  #sums = zero()
  #last: Counts | undefined
  #uptimeSeconds = Number.POSITIVE_INFINITY

  /** Since {@link begin}, or the first look. */
  get counts (): Counts { return this.#sums }

  /** What was counted until the last look is left out. */
  begin (): void {
    this.#sums = zero()
  }

  see (counters: Counters): void {
    const { delivered, uploadedBytes, wastedBytes, mismatches, uptimeSeconds } = counters
    const now = { fetched: delivered, sentBytes: uploadedBytes, wastedBytes, mismatches }
    // A program that was started again counts from nothing.
    const wasRestarted = uptimeSeconds < this.#uptimeSeconds
    const last = this.#last != null && wasRestarted ? zero() : this.#last ?? now
    this.#sums = add(this.#sums, subtract(now, last))
    this.#last = now
    this.#uptimeSeconds = uptimeSeconds
  }
}

/** Of several nodes. */
export function totalOf (tallies: Iterable<Tally>): Counts {
  return [...tallies].reduce((sum, { counts }) => add(sum, counts), zero())
}

function add (one: Counts, other: Counts): Counts {
  return combine(one, other, (a, b) => a + b)
}

function subtract (one: Counts, other: Counts): Counts {
  return combine(one, other, (a, b) => a - b)
}

function combine (one: Counts, other: Counts, by: (a: number, b: number) => number): Counts {
  const of = (source: keyof BytesBySource): number =>
    by(one.fetched[source], other.fetched[source])
  return {
    fetched: { local: of('local'), peer: of('peer'), edge: of('edge'), origin: of('origin') },
    sentBytes: by(one.sentBytes, other.sentBytes),
    wastedBytes: by(one.wastedBytes, other.wastedBytes),
    mismatches: by(one.mismatches, other.mismatches)
  }
}

function zero (): Counts {
  return {
    fetched: { local: 0, peer: 0, edge: 0, origin: 0 }, sentBytes: 0, wastedBytes: 0, mismatches: 0
  }
}
