/**
 * How often each caller may ask.
 */

import { type AllowanceInit, Allowances } from '../protocols/allowances.ts'
import type { Clock } from '../protocols/clock.ts'
import { RateLimitedError } from '../protocols/errors.ts'

/** Calls. */
export type RateLimit = Pick<AllowanceInit, 'perSecond' | 'burst'>

/** Callers remembered. */
const MAX_KEYS = 50_000

export class TokenBuckets {
  readonly #limit: RateLimit
  readonly #allowances: Allowances

  constructor (limit: RateLimit, clock: Clock) {
    this.#limit = limit
    this.#allowances = new Allowances({ clock }, { ...limit, maxKeys: MAX_KEYS })
  }

  /** @throws RateLimitedError when `key` has no call left now */
  take (key: string): void {
    if (this.#allowances.take(key)) return
    const { perSecond } = this.#limit
    throw new RateLimitedError(`more than ${perSecond} calls a second from ${key}: slow down`)
  }
}
