/**
 * A pause that somebody can cut short.
 */

import type { Timer } from '../../protocols/clock.ts'

export class Alarm {
  readonly #timer: Timer
  #wake = () => {}

  constructor (timer: Timer) {
    this.#timer = timer
  }

  /** Ends the pause under way, if there is one. */
  ring (): void {
    this.#wake()
  }

  /** Resolves after `ms`, at the next ring, or when the signal aborts; never rejects. */
  wait (ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#wake = () => {}
        stopTimer()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const stopTimer = this.#timer(ms, done)
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) {
        done()
      }
    })
  }
}
