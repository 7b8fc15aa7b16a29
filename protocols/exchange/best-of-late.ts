/**
 * The best of some values of late, such as the least or the most. Pure.
 * in: values. out: the best of the last span and of the one before.
 */

export class BestOfLate {
  readonly #best: (a: number, b: number) => number
  readonly #spanMs: number
  #now: number | undefined
  #before: number | undefined
  #sinceMs = -Infinity

  /** `best`: such as Math.max. */
  constructor (best: (a: number, b: number) => number, spanMs: number) {
    this.#best = best
    this.#spanMs = spanMs
  }

  get value (): number | undefined {
    return this.#now == null ? undefined : this.#best(this.#now, this.#before ?? this.#now)
  }

  /** `mayForget`: when a span is over, the next one begins with it. */
  add (value: number, nowMs: number, mayForget = true): void {
    if (this.#now == null || (mayForget && nowMs - this.#sinceMs >= this.#spanMs)) {
      this.#before = this.#now
      this.#now = value
      this.#sinceMs = nowMs
    } else {
      this.#now = this.#best(this.#now, value)
    }
  }
}
