/**
 * How much of what nodes say is counted. Pure.
 * in: what each says happened. out: the same, cut back where it is beyond belief.
 *
 * Nobody counts for more than a machine can do. And since listeners are much alike, a peer counts
 * for at most ten times the median of what peers said last, once there are five: one that makes its
 * figures up moves the whole no further than ten honest ones would. What belongs together
 * is cut together, so that ratios within stay. Uploads are unlike, and held against what others say
 * they got: contributions.ts.
 */

import type { Role } from '../../protocols/exchange/index.ts'
import type { ReportCounts } from '../../protocols/tracker/index.ts'
import type { Increment } from './increment.ts'

export interface Said {
  role: Role
  increment: Increment
  /** For how long it speaks. */
  elapsedMs: number
}

export interface Believed {
  increment: Increment
  isCut: boolean
}

/** Times the median. Higher: heavy listeners count in full; lower: a liar moves less. */
export const MEDIAN_TIMES = 10
/** With fewer peers there is no telling what is usual. */
export const MIN_PEERS = 5

/** Bytes a millisecond: a gigabit a second, a hundred. */
const PEER_RATE = 125_000
const SERVER_RATE = 12_500_000
/** Listeners of one node, and how fast they may take media. */
const MAX_LISTENERS = 64
const MAX_SPEED = 4
/** Start-ups and stalls of one node, a second. */
const MAX_EVENTS = 1

type Group = ReadonlyArray<keyof ReportCounts>

const BYTES: readonly Group[] = [
  ['local', 'peer', 'edge', 'origin', 'wasted'], ['given'], ['mediaBytes'], ['sent']
]
const UPLOADS: readonly Group[] = [['uploaded']]
const TIMES: readonly Group[] = [['mediaMs'], ['stalledMs']]
const EVENTS: readonly Group[] = [['stalls']]

/** `lately` is what each node said last, these among them. */
export function believed (said: readonly Said[], lately: readonly Said[] = said): Believed[] {
  const result = said.map(({ increment: { counts, starts } }): Believed =>
    ({ increment: { counts: { ...counts }, starts: [...starts] }, isCut: false }))
  const each = (
    sizeOf: (one: Increment) => number,
    mostOf: (one: Said) => number,
    scale: (one: Increment, factor: number) => void,
    areAlike = true
  ): void => {
    const peers = lately.filter(({ role }) => areAlike && role === 'peer')
    const usual = usualOf(peers.map(({ increment }) => sizeOf(increment)))
    for (const [i, one] of said.entries()) {
      const value = sizeOf(one.increment)
      const most = Math.min(mostOf(one), one.role === 'peer' ? usual : Number.POSITIVE_INFINITY)
      if (value <= most) continue
      scale(result[i]!.increment, most / value)
      result[i]!.isCut = true
    }
  }
  const groups = (
    names: readonly Group[], mostOf: (one: Said) => number, areAlike = true
  ): void => {
    for (const group of names) {
      each(({ counts }) => group.reduce((sum, name) => sum + counts[name], 0), mostOf,
        ({ counts }, factor) => { for (const name of group) counts[name] *= factor }, areAlike)
    }
  }
  const lineOf = ({ role, elapsedMs }: Said): number =>
    elapsedMs * (role === 'peer' ? PEER_RATE : SERVER_RATE)
  groups(BYTES, lineOf)
  groups(UPLOADS, lineOf, false)
  groups(TIMES, ({ elapsedMs }) => elapsedMs * MAX_LISTENERS * MAX_SPEED)
  groups(EVENTS, ({ elapsedMs }) => elapsedMs / 1_000 * MAX_EVENTS)
  each(({ starts }) => starts.reduce((sum, times) => sum + times, 0),
    ({ elapsedMs }) => elapsedMs / 1_000 * MAX_EVENTS,
    ({ starts }, factor) => { for (const i of starts.keys()) starts[i]! *= factor })
  return result
}

/** The most that a peer may say, given what the others do; no bound where they are few. */
function usualOf (values: number[]): number {
  const some = values.filter(value => value > 0).sort((a, b) => a - b)
  return some.length < MIN_PEERS
    ? Number.POSITIVE_INFINITY
    : MEDIAN_TIMES * some[Math.floor((some.length - 1) / 2)]!
}
