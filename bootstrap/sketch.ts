/**
 * What a tracker ranks a node by, close together in memory: an answer looks at a hundred nodes or
 * more, and reading their records all over the heap would be most of its time.
 * in: a record. out: a few facts and one row of numbers.
 */

import type { Coordinate } from '../protocols/rtt/index.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

/** All but the RTTs are small integers, which V8 keeps in the object itself. */
export interface Sketch {
  peer: string
  region: string
  isOrigin: boolean
  /** The coordinate, in tenths of a millisecond; its error as thousandths of an RTT. */
  x: number
  y: number
  height: number
  error: number
  /** The node's own {@link peerNumber}. */
  number: number
  /** A bit for each peer it measured, so that the list is seldom read in vain. */
  measured: number
  /** {@link peerNumber} of a measured peer and the RTT to it, milliseconds, and so on. */
  rtts: readonly number[]
}

export type Sketched = Pick<NodeRecord, 'peer' | 'region' | 'role' | 'rtts' | 'coordinate'>

const TENTHS = 10
const THOUSANDTHS = 1000
/** Its distances mean nothing. */
const NOWHERE: Coordinate = { x: 0, y: 0, heightMs: 0, error: 1_000_000 }

/** One string for all who are there; more regions than these are nobody's. */
const REGIONS = new Map<string, string>()
const MAX_REGIONS = 1024

export function sketchOf (record: Sketched): Sketch {
  const { x, y, heightMs, error } = record.coordinate ?? NOWHERE
  const peer = record.peer.toString()
  const rtts: number[] = []
  let measured = 0
  for (const { peer: other, rttMs } of record.rtts) {
    const number = peerNumber(other)
    rtts.push(number, rttMs)
    measured |= bitOf(number)
  }
  return {
    peer,
    region: oneString(record.region),
    isOrigin: record.role === 'origin',
    x: small(x * TENTHS),
    y: small(y * TENTHS),
    height: small(heightMs * TENTHS),
    error: small(error * THOUSANDTHS),
    number: peerNumber(peer),
    measured,
    // A copy has no room for more.
    rtts: rtts.slice()
  }
}

/** How sure the node is of its place: the share that its distances are off. */
export const errorOf = ({ error }: Sketch): number => error / THOUSANDTHS

/** Between its place and another, milliseconds. */
export function distanceTo ({ x, y, height }: Sketch, to: Coordinate): number {
  const [dx, dy] = [x / TENTHS - to.x, y / TENTHS - to.y]
  return Math.sqrt(dx * dx + dy * dy) + height / TENTHS + to.heightMs
}

/** Its RTT to a peer, as the node measured it. */
export function measuredRtt ({ measured, rtts }: Sketch, peer: number): number | undefined {
  if ((measured & bitOf(peer)) === 0) return undefined
  for (let i = 0; i < rtts.length; i += 2) {
    if (rtts[i] === peer) return rtts[i + 1]
  }
}

/** The greatest |a − b| over the peers that both measured. */
export function landmarkBound (
  { rtts }: Sketch, others: ReadonlyMap<number, number>
): number | undefined {
  let bound: number | undefined
  for (let i = 0; i < rtts.length; i += 2) {
    const other = others.get(rtts[i]!)
    if (other != null) bound = Math.max(bound ?? 0, Math.abs(rtts[i + 1]! - other))
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
  return hash
}

function oneString (region: string): string {
  const known = REGIONS.get(region)
  if (known != null) return known
  if (REGIONS.size < MAX_REGIONS) REGIONS.set(region, region)
  return region
}

const bitOf = (peer: number): number => 1 << (peer & 31)

/** Rounded, and no further than such an integer goes. */
const small = (value: number): number =>
  Math.max(-MAX_SMALL, Math.min(MAX_SMALL, Math.round(value))) | 0
const MAX_SMALL = 2 ** 30
