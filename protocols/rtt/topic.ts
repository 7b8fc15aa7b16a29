/**
 * Where link-state records are told: a topic a region, or a cell of a region that has outgrown one.
 * in: network, region, cell. out: names of gossip topics.
 *
 * Names come from settings: what stands between the slashes is percent-encoded.
 */

import type { PeerId } from '@libp2p/interface'
import { shortIdOf } from './short-id.ts'
import type { ShortId } from './types.ts'

const HEX = 16
const BITS_PER_DIGIT = 4

/** `cell`: some first bits of a short ID, `0110`; none for the whole region. */
export function topicOf (network: string, region: string, cell = ''): string {
  const topic = `/cdnd/${encodeURIComponent(network)}/rtt/1/${encodeURIComponent(region)}`
  return cell === '' ? topic : `${topic}/${cell}`
}

/** Of edges and bootstraps, which join the regions. */
export function backboneTopic (network: string): string {
  return `/cdnd/${encodeURIComponent(network)}/rtt-backbone/1`
}

/** The cell that a peer belongs to where a region is split into 2^`bits`. */
export function cellOf (peer: PeerId | ShortId, bits: number): string {
  const id = typeof peer === 'string' ? peer : shortIdOf(peer)
  const digits = id.slice(0, Math.ceil(bits / BITS_PER_DIGIT))
  return [...digits]
    .map(digit => Number.parseInt(digit, HEX).toString(2).padStart(BITS_PER_DIGIT, '0'))
    .join('').slice(0, bits)
}
