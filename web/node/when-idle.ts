/**
 * Work that may wait until the page has shown what it has to show.
 * in: nothing. out: resolves when the browser has time, at the latest after {@link MOST_MS}.
 */

/** Higher: slow machines begin to play sooner; lower: what comes next is begun sooner. */
const MOST_MS = 500
/** Where the browser does not tell, as Safari. */
const GUESS_MS = 100

export function whenIdle (): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => { resolve() }
    if (typeof requestIdleCallback === 'function') requestIdleCallback(done, { timeout: MOST_MS })
    else setTimeout(done, GUESS_MS)
  })
}
