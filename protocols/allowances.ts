/**
 * How much each of many may take: a bucket a key, refilled at a steady rate.
 * in: a key and an amount. out: whether it may. Bounded: who is forgotten has a full bucket again.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'
import { upTo } from './lru-bound.ts'

export interface AllowanceInit {
  /** In the long run. */
  perSecond: number
  /** At once, after a silence. */
  burst: number
  /** {@link MAX_KEYS} */
  maxKeys?: number
}

const MAX_KEYS = 1024

export class Allowances {
  readonly #init: AllowanceInit
  readonly #clock: Clock
  readonly #buckets: LRUCache<string, { left: number, atMs: number }>

  constructor ({ clock }: { clock: Clock }, init: AllowanceInit) {
    this.#clock = clock
    this.#init = init
    this.#buckets = new LRUCache(upTo(init.maxKeys ?? MAX_KEYS))
  }

  /** False, and nothing taken, when there is less than `amount` left. */
  take (key: string, amount = 1): boolean {
    const { perSecond, burst } = this.#init
    const nowMs = this.#clock()
    const { left, atMs } = this.#buckets.get(key) ?? { left: burst, atMs: nowMs }
    const filled = Math.min(burst, left + Math.max(0, nowMs - atMs) / 1000 * perSecond)
    const isEnough = filled >= amount
    this.#buckets.set(key, { left: isEnough ? filled - amount : filled, atMs: nowMs })
    return isEnough
  }
}
