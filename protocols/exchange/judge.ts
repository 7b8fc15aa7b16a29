/**
 * Tit for tat among those who want something of us now.
 * in: seats with their balances. out: their weights, and who has the extra share.
 */

import type { Clock } from '../clock.ts'
import type { Seat } from './seat.ts'
import { isCandidate, OPTIMISTIC_MS, weightsOf } from './standing.ts'

/** Between two looks at everybody. Higher: less work; lower: merits count sooner. */
export const JUDGE_INTERVAL_MS = 1000

export class Judge {
  readonly #now: Clock
  #favoured: Seat | undefined
  #judgedMs = -Infinity

  constructor (now: Clock) {
    this.#now = now
  }

  get favoured (): Seat | undefined {
    return this.#favoured
  }

  get isDue (): boolean {
    return this.#now() - this.#judgedMs >= JUDGE_INTERVAL_MS
  }

  /** Sets the weights of all who take part; edges never give, and do not. */
  judge (active: Iterable<Seat>): void {
    this.#judgedMs = this.#now()
    const seats = [...active].filter(({ servingClass }) => servingClass !== 'edges')
    const weights = weightsOf(seats.map(({ client }) => client.balance))
    seats.forEach((seat, index) => { seat.weight = weights[index]! })
    this.#favour(seats)
  }

  /** One after the other, those who waited longest or are new first. */
  #favour (seats: Seat[]): void {
    const heaviest = seats.reduce((most, { weight }) => Math.max(most, weight), 0)
    const candidates = seats.filter(({ weight }) => isCandidate(weight, heaviest))
    const current = this.#favoured
    const mayStay = current != null && candidates.includes(current) &&
      this.#judgedMs - current.favouredMs < OPTIMISTIC_MS
    if (!mayStay) {
      this.#favoured = candidates.sort((a, b) => a.favouredMs - b.favouredMs)[0]
      if (this.#favoured != null) {
        this.#favoured.favouredMs = this.#judgedMs
      }
    }
  }
}
