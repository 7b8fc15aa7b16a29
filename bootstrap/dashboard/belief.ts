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

/** What belongs together, and how it is cut. */
interface Rule {
  sizeOf (one: Increment): number
  scale (one: Increment, factor: number): void
  /** Of one node of this role in so much time. */
  mostOf (one: Pick<Said, 'role' | 'elapsedMs'>): number
  /** Whether what peers say of it is much alike. */
  isAlike: boolean
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

const counted = (
  names: ReadonlyArray<keyof ReportCounts>, mostOf: Rule['mostOf'], isAlike = true
): Rule => ({
  sizeOf: ({ counts }) => sum(names.map(name => counts[name])),
  scale: ({ counts }, factor) => { for (const name of names) counts[name] *= factor },
  mostOf,
  isAlike
})

const line: Rule['mostOf'] = ({ role, elapsedMs }) =>
  elapsedMs * (role === 'peer' ? PEER_RATE : SERVER_RATE)
const audience: Rule['mostOf'] = ({ elapsedMs }) => elapsedMs * MAX_LISTENERS * MAX_SPEED
const events: Rule['mostOf'] = ({ elapsedMs }) => elapsedMs / 1_000 * MAX_EVENTS

const RULES: readonly Rule[] = [
  counted(['local', 'peer', 'edge', 'origin', 'wasted'], line),
  counted(['given'], line),
  counted(['mediaBytes'], line),
  counted(['sent'], line),
  counted(['uploaded'], line, false),
  counted(['mediaMs'], audience),
  counted(['stalledMs'], audience),
  counted(['stalls'], events),
  {
    sizeOf: ({ starts }) => sum(starts),
    scale: ({ starts }, factor) => { for (const i of starts.keys()) starts[i]! *= factor },
    mostOf: events,
    isAlike: true
  }
]

/** `lately` is what each node said last, these among them. */
export function believed (said: readonly Said[], lately: readonly Said[] = said): Believed[] {
  const result = said.map(({ increment: { counts, starts } }): Believed =>
    ({ increment: { counts: { ...counts }, starts: [...starts] }, isCut: false }))
  for (const { sizeOf, scale, mostOf, isAlike } of RULES) {
    const peers = lately.filter(({ role }) => isAlike && role === 'peer')
    const usual = usualOf(peers.map(({ increment }) => sizeOf(increment)))
    for (const [i, one] of said.entries()) {
      const size = sizeOf(one.increment)
      const most = Math.min(mostOf(one), one.role === 'peer' ? usual : Number.POSITIVE_INFINITY)
      if (size <= most) continue
      scale(result[i]!.increment, most / size)
      result[i]!.isCut = true
    }
  }
  return result
}

/** The most that a peer may say, given what the others do; no bound where they are few. */
function usualOf (values: number[]): number {
  const some = values.filter(value => value > 0).sort((a, b) => a - b)
  return some.length < MIN_PEERS
    ? Number.POSITIVE_INFINITY
    : MEDIAN_TIMES * some[Math.floor((some.length - 1) / 2)]!
}
