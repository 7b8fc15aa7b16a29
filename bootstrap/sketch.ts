/**
 * What a tracker ranks a node by, close together in memory: an answer looks at a hundred nodes or
 * more, and reading their records all over the heap would be most of its time.
 * in: a record. out: a few facts and one row of numbers.
 */

import type { Coordinate } from '../protocols/rtt/index.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

export interface Sketch {
  peer: string
  region: string
  isOrigin: boolean
  /** x, y, height, error, its {@link peerNumber}, and then each measured peer's and its RTT. */
  numbers: readonly number[]
}

export type Sketched = Pick<NodeRecord, 'peer' | 'region' | 'role' | 'rtts' | 'coordinate'>

const ERROR = 3
const OWN = 4
const FIRST_RTT = 5
/** Its distances mean nothing. */
const NOWHERE: Coordinate = { x: 0, y: 0, heightMs: 0, error: Number.MAX_VALUE }

/** One string for all who are there; more regions than these are nobody's. */
const REGIONS = new Map<string, string>()
const MAX_REGIONS = 1024

export function sketchOf (record: Sketched): Sketch {
  const { x, y, heightMs, error } = record.coordinate ?? NOWHERE
  const peer = record.peer.toString()
  const numbers = [x, y, heightMs, error, peerNumber(peer)]
  for (const { peer: other, rttMs } of record.rtts) numbers.push(peerNumber(other), rttMs)
  return {
    peer,
    region: oneString(record.region),
    isOrigin: record.role === 'origin',
    // A copy has no room for more.
    numbers: numbers.slice()
  }
}

/** How sure the node is of its place: the share that its distances are off. */
export const errorOf = ({ numbers }: Sketch): number => numbers[ERROR]!

export const numberOf = ({ numbers }: Sketch): number => numbers[OWN]!

/** Between its place and another. */
export function distanceTo ({ numbers }: Sketch, { x, y, heightMs }: Coordinate): number {
  return Math.hypot(numbers[0]! - x, numbers[1]! - y) + numbers[2]! + heightMs
}

/** Its RTT to a peer, as the node measured it. */
export function measuredRtt ({ numbers }: Sketch, peer: number): number | undefined {
  for (let i = FIRST_RTT; i < numbers.length; i += 2) {
    if (numbers[i] === peer) return numbers[i + 1]
  }
}

/** The greatest |a − b| over the peers that both measured. */
export function landmarkBound (
  { numbers }: Sketch, rtts: ReadonlyMap<number, number>
): number | undefined {
  let bound: number | undefined
  for (let i = FIRST_RTT; i < numbers.length; i += 2) {
    const other = rtts.get(numbers[i]!)
    if (other != null) bound = Math.max(bound ?? 0, Math.abs(numbers[i + 1]! - other))
  }
  return bound
}

/**
 * Stands for a peer ID among the few in one record. That two of them share a number is one case in
 * a billion, and whoever looks for one gains no more than by naming any RTT it likes: FNV-1a.
 */
export function peerNumber (peer: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < peer.length; i++) {
    hash = Math.imul(hash ^ peer.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

function oneString (region: string): string {
  const known = REGIONS.get(region)
  if (known != null) return known
  if (REGIONS.size < MAX_REGIONS) REGIONS.set(region, region)
  return region
}
