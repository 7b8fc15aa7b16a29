/**
 * Has the clock of this process be wrong, which its timers are not. Loaded before the program, with
 * milliseconds ahead: `--import file:///…/skewed-clock.ts?60000`; or told later.
 */

const rightNow = Date.now

/** Milliseconds ahead of the machine's clock; 0 for the right time. */
export function skewClock (aheadMs: number): void {
  Object.assign(Date, { now: aheadMs === 0 ? rightNow : () => rightNow() + aheadMs })
}

const { search } = new URL(import.meta.url)
if (search !== '') skewClock(Number(search.slice(1)))
