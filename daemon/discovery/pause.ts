/**
 * A wait that can end early.
 */

import type { Timer } from '../../protocols/clock.ts'

/** Resolves after `ms`, or as soon as the signal aborts; never rejects. */
export function pause (timer: Timer, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = timer(ms, done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) {
      done()
    }
  })
}
