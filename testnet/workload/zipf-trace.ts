/**
 * A day of listeners as numbers. in: how many of what, a seed. out: who plays which title when and
 * for how long: the same each time.
 *
 * Titles are asked for by Zipf's law; a listener plays one after the other with a pause between,
 * leaves some of them early and goes back or forth in others.
 */

import type { Random } from '../../protocols/clock.ts'
import { seededRandom } from '../seeded-random.ts'
import { secondsOf, type Trace, type TracedPlay, type TracedTitle } from './trace.ts'

export interface TraceInit {
  seed: number
  /** Of the titles alone, so that other days have the same; drawn with the rest unless given. */
  catalogueSeed?: number
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
  /** Share of the others in which the listener goes elsewhere once; 0 unless given. */
  sought?: number
}

export interface ZipfTrace extends Trace { init: TraceInit }

export function zipfTrace (init: TraceInit): ZipfTrace {
  const random = seededRandom(init.seed)
  const { catalogueSeed, shortestSeconds, longestSeconds } = init
  const catalogue = catalogueSeed == null ? random : seededRandom(catalogueSeed)
  const titles = Array.from({ length: init.titles }, (_, i): TracedTitle => ({
    name: `title-${String(i + 1).padStart(2, '0')}`,
    seconds: between(catalogue, shortestSeconds, longestSeconds),
    seed: Math.floor(catalogue() * 2 ** 31)
  }))
  const sums = popularity(init)
  const plays = Array.from({ length: init.listeners }, () => {
    let at = between(random, 0, init.arrivalSeconds)
    return Array.from({ length: init.plays }, () => {
      const play = drawPlay(init, titles, sums, at, random)
      at = tenths(at + secondsOf(play, titles[play.title]!) +
        between(random, 0, init.pauseSeconds))
      return play
    })
  })
  return { init, titles, plays }
}

function drawPlay (
  init: TraceInit, titles: TracedTitle[], sums: number[], at: number, random: Random
): TracedPlay {
  const { skipped, skipAfterSeconds, sought = 0 } = init
  const drawn = random()
  const title = sums.findIndex(sum => drawn < sum)
  const { seconds } = titles[title]!
  if (random() < skipped && seconds > skipAfterSeconds) {
    return { title, at, leaves: between(random, skipAfterSeconds, seconds) }
  }
  // No chance is drawn where nobody seeks: traces made before there were seeks stay as they are.
  if (sought === 0 || random() >= sought) return { title, at }
  const seek = { at: between(random, 1, seconds), to: between(random, 0, seconds) }
  return { title, at, seek }
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
