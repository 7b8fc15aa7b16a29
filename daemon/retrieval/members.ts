/**
 * Peers that want the same title, as trackers tell of them: most are no neighbours of ours, but who
 * gets which block is shared out among all.
 * in: peer IDs as they are told of. out: those told of lately, no more than a bound.
 */

import type { Clock } from '../../protocols/clock.ts'
import { type Member, memberOf } from './share.ts'

/** A little longer than the time between two looks at the tracker. */
export const MEMBER_MS = 45_000
export const MAX_MEMBERS = 256

interface Told { member: Member, untilMs: number }

export class Members {
  readonly #clock: Clock
  /** Longest not told of first. */
  readonly #told = new Map<string, Told>()

  constructor (components: { clock: Clock }) {
    this.#clock = components.clock
  }

  add (id: string): void {
    const member = this.#told.get(id)?.member ?? memberOf(id)
    this.#told.delete(id)
    this.#told.set(id, { member, untilMs: this.#clock() + MEMBER_MS })
    if (this.#told.size > MAX_MEMBERS) {
      const [oldest] = this.#told.keys()
      this.#told.delete(oldest!)
    }
  }

  * list (): Generator<Member> {
    const now = this.#clock()
    for (const { member, untilMs } of this.#told.values()) {
      if (untilMs > now) {
        yield member
      }
    }
  }
}
