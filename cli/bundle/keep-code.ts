/**
 * When a process keeps what it called, compiled, for the next one.
 * in: the cache, and the process's life. out: the cache is told to keep what there is.
 */

import type { CodeCache } from './code-cache.ts'

export interface KeepCodeComponents {
  cache: Pick<CodeCache, 'isWarm' | 'keep'>
  /** Calls it when the process ends by itself. */
  onExit: (then: () => void) => void
  /** Must not keep the process alive. */
  timer: (ms: number, then: () => void) => void
  /** Since the process began. */
  uptimeMs: () => number
}

/** By then a node has joined its network, and has called most of what it ever will. */
export const RUN_IN_MS = 60_000

/**
 * Where nothing was there: after a while, and at the end. Else only at the end of a life that was
 * long enough to have called more: a short command adds nothing to what is there.
 */
export function keepCode ({ cache, onExit, timer, uptimeMs }: KeepCodeComponents): void {
  onExit(() => {
    if (!cache.isWarm || uptimeMs() > RUN_IN_MS) cache.keep()
  })
  if (!cache.isWarm) timer(RUN_IN_MS, () => { cache.keep() })
}
