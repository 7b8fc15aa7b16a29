/**
 * Upkeep from time to time, in Node and in a browser. in: an interval and what to do. out: a way to
 * end it. It keeps no process alive.
 */

export function every (ms: number, run: () => void): () => void {
  const interval: unknown = setInterval(run, ms)
  if (interval instanceof Object && 'unref' in interval) {
    (interval as { unref (): void }).unref()
  }
  return () => { clearInterval(interval as number) }
}
