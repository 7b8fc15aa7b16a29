/**
 * An end to waiting for an answer that may never come.
 * in: an async iterable and a signal.
 * out: its items until it ends or the signal aborts, whatever the iterable does.
 */

export async function * untilAborted<T> (
  items: AsyncIterable<T>, signal: AbortSignal
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const onAbort = () => { resolve(undefined) }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted) {
      const result = await Promise.race([iterator.next(), aborted])
      if (result == null || result.done === true) {
        return
      }
      yield result.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Not awaited: what hangs in next() hangs in return() too, and how it ends is of no use now.
    iterator.return?.().then(() => {}, () => {})
  }
}
