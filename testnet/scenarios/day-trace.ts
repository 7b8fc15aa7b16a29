/**
 * The day that `zipf-day` plays, and that other scenarios disturb.
 * in: how many listeners. out: who plays what when.
 */

import type { SceneSize } from '../scenario.ts'
import { secondsOf, type Trace, type TracedPlay } from '../workload/trace.ts'
import { zipfTrace } from '../workload/zipf-trace.ts'

/** Titles are the same whatever the seed: an origin makes them once. */
const CATALOGUE_SEED = 1
const ARRIVAL_SECONDS = 30
/** Fewer play few titles more than once: most of what is played is then a first copy. */
export const MANY_PEERS = 100
/**
 * Fewer plays of more listeners show as much. They come one by one, and rest between their plays,
 * so that no more than 37 begin in a minute: two slow cores carry that.
 */
const PLAYS = { few: 20, many: 5 }
const PAUSE_SECONDS = { few: 5, many: 600 }
const SECONDS_PER_ARRIVAL = { few: 1.5, many: 4 }

export function dayTrace ({ peers, seed, isShort }: SceneSize): Trace {
  const crowd = peers < MANY_PEERS ? 'few' : 'many'
  return zipfTrace({
    seed,
    catalogueSeed: CATALOGUE_SEED,
    listeners: peers,
    titles: isShort ? 8 : 50,
    plays: isShort ? 3 : PLAYS[crowd],
    exponent: 0.9,
    shortestSeconds: 30,
    longestSeconds: isShort ? 40 : 100,
    pauseSeconds: isShort ? PAUSE_SECONDS.few : PAUSE_SECONDS[crowd],
    arrivalSeconds: Math.max(ARRIVAL_SECONDS, SECONDS_PER_ARRIVAL[crowd] * peers),
    skipped: 0.25,
    skipAfterSeconds: 5,
    sought: 0.1
  })
}

/** Seconds of the day when that share of the plays has begun. */
export function momentOf (trace: Trace, share: number): number {
  const begins = trace.plays.flat().map(({ at }) => at).sort((a, b) => a - b)
  return begins[Math.floor(share * (begins.length - 1))] ?? 0
}

/**
 * The same day, but whatever is played at `lostAt` or later is a title that somebody had heard to
 * its end `marginSeconds` before, and so holds.
 */
export function onlyKnownSince (trace: Trace, lostAt: number, marginSeconds: number): Trace {
  const { titles, plays } = trace
  const endsAt = (play: TracedPlay): number => play.at + secondsOf(play, titles[play.title]!)
  const isWhole = ({ seek, leaves }: TracedPlay): boolean => seek == null && leaves == null
  const known = [...new Set(plays.flat()
    .filter(play => isWhole(play) && endsAt(play) <= lostAt - marginSeconds)
    .map(({ title }) => title))]
  if (known.length === 0) throw new Error('nobody has heard a title when its servers are lost')
  return {
    titles,
    plays: plays.map(day => day.map(play => {
      if (endsAt(play) < lostAt - marginSeconds || known.includes(play.title)) return play
      return { title: known[play.title % known.length]!, at: play.at }
    }))
  }
}
