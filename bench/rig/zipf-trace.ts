/**
 * A day of listeners as numbers. in: how many of what, a seed. out: who plays which title when and
 * for how long: the same each time.
 *
 * Titles are asked for by Zipf's law; a listener plays one after the other with a pause between,
 * and leaves some of them early.
 */

import type { Random } from '../../protocols/clock.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'

export interface TraceInit {
  seed: number
  listeners: number
  titles: number
  /** Of each listener. */
  plays: number
  /** The most popular title is asked for 2^exponent times as often as the second. */
  exponent: number
  /** Lengths of titles, and pauses at most, in seconds of media. */
  shortestSeconds: number
  longestSeconds: number
  pauseSeconds: number
  /** Listeners come within so many seconds. */
  arrivalSeconds: number
  /** Share of the plays that the listener leaves, after at least so many seconds. */
  skipped: number
  skipAfterSeconds: number
}

export interface TracedTitle { name: string, seconds: number, seed: number }

export interface TracedPlay {
  /** Number of the title. */
  title: number
  /** Seconds from the beginning of the day. */
  at: number
  /** Seconds until the listener leaves it; absent where it is played to its end. */
  leaves?: number
}

/** All times are media time: an accelerated clock divides them. */
export interface Trace {
  init: TraceInit
  titles: TracedTitle[]
  /** By listener, in the order of time. */
  plays: TracedPlay[][]
}

export function zipfTrace (init: TraceInit): Trace {
  const random = seededRandom(init.seed)
  const { shortestSeconds, longestSeconds } = init
  const titles = Array.from({ length: init.titles }, (_, i): TracedTitle => ({
    name: `title-${String(i + 1).padStart(2, '0')}`,
    seconds: between(random, shortestSeconds, longestSeconds),
    seed: Math.floor(random() * 2 ** 31)
  }))
  const sums = popularity(init)
  const plays = Array.from({ length: init.listeners }, () => {
    let at = between(random, 0, init.arrivalSeconds)
    return Array.from({ length: init.plays }, () => {
      const play = drawPlay(init, titles, sums, at, random)
      at = tenths(at + (play.leaves ?? titles[play.title]!.seconds) +
        between(random, 0, init.pauseSeconds))
      return play
    })
  })
  return { init, titles, plays }
}

function drawPlay (
  { skipped, skipAfterSeconds }: TraceInit, titles: TracedTitle[], sums: number[], at: number,
  random: Random
): TracedPlay {
  const drawn = random()
  const title = sums.findIndex(sum => drawn < sum)
  const { seconds } = titles[title]!
  return random() < skipped && seconds > skipAfterSeconds
    ? { title, at, leaves: between(random, skipAfterSeconds, seconds) }
    : { title, at }
}

/** The share of plays that go to titles up to each rank. */
function popularity ({ titles, exponent }: TraceInit): number[] {
  const weights = Array.from({ length: titles }, (_, i) => (i + 1) ** -exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  return weights.map((weight, i) => {
    sum += weight / total
    return i === titles - 1 ? 1 : sum
  })
}

function between (random: Random, least: number, most: number): number {
  return tenths(least + random() * (most - least))
}

function tenths (value: number): number {
  return Math.round(value * 10) / 10
}
