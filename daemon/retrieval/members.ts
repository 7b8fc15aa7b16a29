/**
 * Peers that want the same title, as trackers tell of them: most are no neighbours of ours, but who
 * gets which block is shared out among all.
 * in: peer IDs as they are told of. out: those told of lately, no more than a bound.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../protocols/clock.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import { type Member, memberOf } from './share.ts'

/** A little longer than the time between two looks at the tracker. */
export const MEMBER_MS = 45_000
export const MAX_MEMBERS = 256

export class Members {
  readonly #told: LRUCache<string, Member>

  constructor ({ clock }: { clock: Clock }) {
    this.#told = new LRUCache({
      ...upTo(MAX_MEMBERS), ttl: MEMBER_MS, ttlResolution: 0, perf: { now: clock }
    })
  }

  add (id: string, region?: string): void {
    const known = this.#told.get(id)
    this.#told.set(id, known?.region === region && known != null ? known : memberOf(id, region))
  }

  /** The longest not told of first. */
  * list (): Generator<Member> {
    for (const member of this.#told.rvalues()) {
      if (member != null) {
        yield member
      }
    }
  }
}
