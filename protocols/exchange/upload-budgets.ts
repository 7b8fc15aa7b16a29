/**
 * The tree of upload budgets: all > class > peer.
 * in: limits, a peer's class. out: the budget what is sent to it counts against.
 */

import { Budget } from './budget.ts'
import type { ServingClass } from './turns.ts'
import type { ServingLimits } from './types.ts'

const UNLIMITED = new Budget(() => 0)

export class UploadBudgets {
  readonly #limits: ServingLimits
  readonly #peers: Budget
  readonly #edges: Budget

  constructor (limits: ServingLimits) {
    this.#limits = limits
    const all = new Budget(() => limits.uploadBytesPerSecond)
    this.#peers = new Budget(() => limits.peersBytesPerSecond ?? 0, all)
    this.#edges = new Budget(() => limits.edgesBytesPerSecond ?? 0, all)
  }

  /** One peer's own. Peers on our own network count as others do, unless they are exempt. */
  join (servingClass: ServingClass): Budget {
    const above = servingClass === 'edges' ? this.#edges : this.#peers
    return new Budget(() => this.#limits.perPeerBytesPerSecond ?? 0, above)
  }

  /** What counts now, of a peer that has joined. */
  of ({ servingClass, budget }: { servingClass: ServingClass, budget: Budget }): Budget {
    return this.#isExempt(servingClass) ? UNLIMITED : budget
  }

  /** False on a metered link, but to our own network where that is not counted. */
  serves (servingClass: ServingClass): boolean {
    return this.#limits.isMetered !== true || this.#isExempt(servingClass)
  }

  #isExempt (servingClass: ServingClass): boolean {
    return servingClass === 'lan' && this.#limits.isLanExempt === true
  }
}
