/**
 * A clock that moves when told to, and the timers that hang on it.
 */

import type { Timer } from '../../../protocols/clock.ts'

export class FakeTime {
  nowMs = 1_000_000
  readonly #timers = new Map<object, { atMs: number, then: () => void }>()

  readonly clock = (): number => this.nowMs

  readonly timer: Timer = (ms, then) => {
    const key = {}
    this.#timers.set(key, { atMs: this.nowMs + ms, then })
    return () => { this.#timers.delete(key) }
  }

  get pending (): number {
    return this.#timers.size
  }

  /** Lets `ms` go by, with everything that falls due in it. */
  async advance (ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (;;) {
      await settle()
      const [next] = [...this.#timers].filter(([, { atMs }]) => atMs <= endMs)
        .sort(([, a], [, b]) => a.atMs - b.atMs)
      if (next == null) {
        break
      }
      const [key, { atMs, then }] = next
      this.#timers.delete(key)
      this.nowMs = Math.max(this.nowMs, atMs)
      then()
    }
    this.nowMs = endMs
    await settle()
  }

  /** Lets time go by in steps until `promise` settles; gives what it gives and how long it took. */
  async until<T> (promise: Promise<T>, stepMs = 10): Promise<{ value: T, elapsedMs: number }> {
    const sinceMs = this.nowMs
    let isDone = false
    promise.then(() => { isDone = true }, () => { isDone = true })
    await settle()
    while (!isDone && this.nowMs - sinceMs < 60_000) {
      await this.advance(stepMs)
    }
    return { value: await promise, elapsedMs: this.nowMs - sinceMs }
  }
}

/** Everything that waits for no timer and no socket has happened. */
export async function settle (): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise(resolve => { setImmediate(resolve) })
  }
}
