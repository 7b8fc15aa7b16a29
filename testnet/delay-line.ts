/**
 * Things on their way. in: an item and when it is due. out: the items in the order they came in,
 * none before its time. One timer, since timers of their own would let later ones overtake.
 */

/** Timers count whole milliseconds: half of one early is as near as half of one late. */
const EARLY_MS = 0.5

export class DelayLine<T> {
  readonly #deliver: (item: T) => void
  #waiting: Array<{ item: T, dueMs: number }> = []
  #timer: NodeJS.Timeout | undefined
  #isHeld = false

  constructor (deliver: (item: T) => void) {
    this.#deliver = deliver
  }

  /** `dueMs` as `performance.now()` counts. */
  push (item: T, dueMs: number): void {
    this.#waiting.push({ item, dueMs })
    if (this.#waiting.length === 1) this.#release()
  }

  /** Nothing comes out until {@link resume}. */
  hold (): void {
    this.#isHeld = true
    clearTimeout(this.#timer)
  }

  resume (): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#release()
  }

  /** Drops what is on its way. */
  stop (): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  #release (): void {
    let next = this.#waiting[0]
    while (next != null && !this.#isHeld) {
      const waitMs = next.dueMs - performance.now()
      if (waitMs > EARLY_MS) {
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => { this.#release() }, Math.round(waitMs))
        return
      }
      // Out of the line first: delivering may hold or stop it.
      this.#waiting.shift()
      this.#deliver(next.item)
      next = this.#waiting[0]
    }
  }
}
