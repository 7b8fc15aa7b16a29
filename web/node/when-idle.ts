/**
 * Work that may wait until the page has shown what it has to show.
 * in: nothing. out: resolves when the browser has had time for it, soon at the latest.
 */

/** A decoder works beside the page's own thread, which looks idle. Higher: sooner first frames. */
const REST_MS = 120
/** Then the page's own thread is waited for. Higher: slow machines begin to play sooner. */
const MOST_MS = 500

export function whenIdle (): Promise<void> {
  return new Promise(resolve => {
    setTimeout(() => {
      // Not in Safari.
      if (typeof requestIdleCallback !== 'function') resolve()
      else requestIdleCallback(() => { resolve() }, { timeout: MOST_MS })
    }, REST_MS)
  })
}
