/**
 * What an edge or a listener is asked for, over days, replayable to the byte.
 * in: a committed file of settings with a seed. out: requests for segments, in order.
 *
 * Titles are drawn by Zipf's law and played from the start, many side by side; some listeners leave
 * early. Popular titles make place for new ones, and some plays are of a title that nobody else
 * asks for.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../../testnet/seeded-random.ts'
import type { Random } from '../../protocols/clock.ts'

export interface TraceSettings {
  /** What it stands for. */
  about: string
  seed: number
  titles: number
  zipfExponent: number
  plays: number
  /** Plays under way at a time. */
  sideBySide: number
  /** Segments of a title, at least and at most. */
  segments: [number, number]
  segmentBytes: number
  /** Share of plays that end early, at a point drawn evenly. */
  leaving: number
  /** Share of plays of a title that comes but once. */
  oneHit: number
  /** Plays after which one title, drawn evenly, is replaced by a new one. 0: never. */
  playsAChange: number
  /** Of the requests' sequence: a changed generator must not go unnoticed. */
  sha256: string
}

export interface Trace {
  name: string
  settings: TraceSettings
  /** Block of each request, numbered by first use. */
  blocks: Uint32Array
  /** By block. */
  titleOf: Uint32Array
  numberOf: Uint32Array
  /** By block: a store's key. */
  keys: string[]
  segmentBytes: number
}

interface Play { title: number, next: number, end: number }

/** Reads `bench/traces/<name>.json` and makes its requests. Throws when they are not the same. */
export function openTrace (name: string): Trace {
  const file = join(import.meta.dirname, '..', 'traces', `${name}.json`)
  const settings = JSON.parse(readFileSync(file, 'utf8')) as TraceSettings
  const trace = makeTrace(name, settings)
  const sha256 = createHash('sha256').update(trace.blocks).digest('hex')
  if (sha256 !== settings.sha256) throw new Error(`${file}: the requests hash to ${sha256}`)
  return trace
}

function makeTrace (name: string, settings: TraceSettings): Trace {
  const random = seededRandom(settings.seed)
  const requests: number[] = []
  const titleOf: number[] = []
  const numberOf: number[] = []
  const known = new Map<number, number>()
  const running: Play[] = []
  const nextPlay = player(settings, random)
  for (let started = 0; started < settings.plays || running.length > 0;) {
    while (running.length < settings.sideBySide && started < settings.plays) {
      running.push(nextPlay(started++))
    }
    const at = Math.floor(random() * running.length)
    const play = running[at]!
    const place = play.title * MAX_SEGMENTS + play.next
    const block = known.get(place) ?? known.size
    if (block === known.size) {
      known.set(place, block)
      titleOf.push(play.title)
      numberOf.push(play.next)
    }
    requests.push(block)
    if (++play.next >= play.end) running.splice(at, 1)
  }
  return {
    name,
    settings,
    blocks: Uint32Array.from(requests),
    titleOf: Uint32Array.from(titleOf),
    numberOf: Uint32Array.from(numberOf),
    keys: titleOf.map((_, block) => keyOfBlock(block)),
    segmentBytes: settings.segmentBytes
  }
}

const MAX_SEGMENTS = 65_536

/** Draws what is played next. */
function player (settings: TraceSettings, random: Random): (play: number) => Play {
  const { titles, oneHit, playsAChange, leaving } = settings
  const chart = Array.from({ length: titles }, (_, title) => title)
  const lengths: number[] = []
  const shares = zipf(titles, settings.zipfExponent)
  let newest = titles
  const lengthOf = (title: number): number => {
    const [least, most] = settings.segments
    lengths[title] ??= least + Math.floor(random() * (most - least + 1))
    return lengths[title]
  }
  return play => {
    if (playsAChange > 0 && play % playsAChange === 0) {
      chart[Math.floor(random() * titles)] = newest++
    }
    const title = random() < oneHit ? newest++ : chart[draw(shares, random())]!
    const length = lengthOf(title)
    const end = random() < leaving ? 1 + Math.floor(random() * length) : length
    return { title, next: 0, end }
  }
}

/** The share of plays that go to the titles up to each rank. */
function zipf (titles: number, exponent: number): Float64Array {
  const sums = new Float64Array(titles)
  let sum = 0
  for (let rank = 0; rank < titles; rank++) sums[rank] = sum += (rank + 1) ** -exponent
  return sums.map(value => value / sum)
}

function draw (sums: Float64Array, at: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

/** As a store names blocks: a codec and a hash. */
function keyOfBlock (block: number): string {
  return `U${createHash('sha256').update(String(block)).digest().toString('latin1')}`
}
