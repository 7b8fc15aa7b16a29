/**
 * Time and chance as components, so that tests and the simulation can replay what a node decided.
 */

/** Milliseconds since the Unix epoch. */
export type Clock = () => number

/** A number in [0, 1). */
export type Random = () => number
