/**
 * Waiting for what others wait for too, with a deadline of one's own.
 */

import { DeadlineError } from '../errors.ts'

/**
 * What `promise` gives, unless the signal aborts or the time passes; the promise itself goes on.
 *
 * @throws DeadlineError or the signal's reason
 */
export async function until<T> (
  promise: Promise<T>, what: string, timeoutMs: number, signal?: AbortSignal
): Promise<T> {
  signal?.throwIfAborted()
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => { reject(signal?.reason) }
  const late = (): void => { reject(new DeadlineError(`${what} took more than ${timeoutMs} ms`)) }
  const timer = setTimeout(late, timeoutMs)
  signal?.addEventListener('abort', onAbort)
  try {
    return await Promise.race([promise, stopped])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
