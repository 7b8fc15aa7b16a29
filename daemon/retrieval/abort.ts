/**
 * Waiting that can end early: by a signal, or at a deadline on a clock that need not be the wall's.
 */

import type { Clock, Timer } from '../../protocols/clock.ts'

export interface Time {
  clock: Clock
  timer: Timer
}

/** What a run is aborted with once nobody waits for it: made once, since making it is slow. */
export const ENDED = new DOMException('nobody waits for it any more', 'AbortError')

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T> (promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal == null) {
    return promise
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => { reject(signal.reason) }
    if (signal.aborted) {
      onAbort()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => { signal.removeEventListener('abort', onAbort) })
  })
}

/**
 * Runs under a controller of its own, which aborts with the caller's signal and when the run has
 * ended.
 */
export async function underSignal<T> (
  run: (controller: AbortController) => Promise<T>, options: { signal?: AbortSignal } = {}
): Promise<T> {
  options.signal?.throwIfAborted()
  const controller = new AbortController()
  const onAbort = () => { controller.abort(options.signal?.reason) }
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await abortable(run(controller), controller.signal)
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    controller.abort(ENDED)
  }
}

/**
 * As {@link underSignal}; at `deadlineMs` (epoch) it aborts with `expired()` and rejects with that
 * at once.
 */
export function untilDeadline<T> (
  { clock, timer }: Time, deadlineMs: number, expired: () => Error,
  run: (signal: AbortSignal) => Promise<T>, options: { signal?: AbortSignal } = {}
): Promise<T> {
  return underSignal(controller => {
    const leftMs = Math.max(0, deadlineMs - clock())
    const stopTimer = timer(leftMs, () => { controller.abort(expired()) })
    controller.signal.addEventListener('abort', stopTimer, { once: true })
    return run(controller.signal)
  }, options)
}

/** Resolves after `ms`, or as soon as the signal aborts; never rejects. */
export function pause (timer: Timer, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      stopTimer()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stopTimer = timer(ms, done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) {
      done()
    }
  })
}
