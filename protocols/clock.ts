/**
 * Time and chance as components, so that tests and the simulation can replay what a node decided.
 */

/** Milliseconds since the Unix epoch. */
export type Clock = () => number

/** A number in [0, 1). */
export type Random = () => number

/** Calls `then` once, `ms` from now; the function it returns prevents that. */
export type Timer = (ms: number, then: () => void) => () => void

/** The timer of the machine. A simulation brings its own. */
export const systemTimer: Timer = (ms, then) => {
  const handle = setTimeout(then, ms)
  return () => { clearTimeout(handle) }
}
