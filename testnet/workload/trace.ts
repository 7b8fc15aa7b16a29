/**
 * What listeners do, decided before anybody plays: who plays which title when, goes where in it and
 * leaves it when. The testnet and the simulation play the same traces.
 */

export interface TracedTitle { name: string, seconds: number, seed: number }

export interface TracedPlay {
  /** Number of the title. */
  title: number
  /** Seconds from the beginning of the day. */
  at: number
  /** When the listener has heard up to `at` seconds of the title, it goes on from `to`. */
  seek?: { at: number, to: number }
  /** All of it is fetched as fast as it comes, and nobody waits to hear it. */
  isPrefetched?: boolean
  /** Seconds of the title until the listener leaves it; absent where it is played to its end. */
  leaves?: number
}

/** All times are media time: an accelerated clock divides them. */
export interface Trace {
  titles: TracedTitle[]
  /** By listener, in the order of time. */
  plays: TracedPlay[][]
}

/** Seconds of media a play takes, without stalls. */
export function secondsOf ({ seek, leaves }: TracedPlay, title: TracedTitle): number {
  return (leaves ?? title.seconds) - (seek == null ? 0 : seek.to - seek.at)
}
