/**
 * How often each caller may ask: a bucket a key, refilled at a steady rate.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../protocols/clock.ts'
import { RateLimitedError } from '../protocols/errors.ts'

export interface RateLimit {
  /** Calls a second in the long run. */
  perSecond: number
  /** Calls at once after a silence. */
  burst: number
}

/** Callers remembered; one forgotten starts with a full bucket. */
const MAX_KEYS = 50_000

export class TokenBuckets {
  readonly #limit: RateLimit
  readonly #clock: Clock
  readonly #buckets = new LRUCache<string, { tokens: number, atMs: number }>({ max: MAX_KEYS })

  constructor (limit: RateLimit, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** @throws RateLimitedError when `key` has no call left now */
  take (key: string): void {
    const { perSecond, burst } = this.#limit
    const nowMs = this.#clock()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    const refilled = bucket.tokens + Math.max(0, nowMs - bucket.atMs) / 1000 * perSecond
    const tokens = Math.min(burst, refilled)
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, atMs: nowMs })
      throw new RateLimitedError(`more than ${perSecond} calls a second from ${key}: slow down`)
    }
    this.#buckets.set(key, { tokens: tokens - 1, atMs: nowMs })
  }
}
