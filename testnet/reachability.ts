/**
 * Who may dial whom in an emulated network, as firewalls and NATs have it.
 * in: shares, IP addresses of regions.ts. out: the same for the same seed, whatever network of this
 * machine they belong to.
 *
 * Servers are dialled by everybody, and dial everybody. Two peers may dial each other or not, both
 * ways alike; one behind NAT is dialled by no peer, nor by a server.
 */

import { HOSTS_PER_REGION, hostAt, REGIONS } from './regions.ts'
import { seededRandom } from './seeded-random.ts'

export interface ReachInit {
  /** Pairs of peers that may dial each other, 0 … 1; all unless given. */
  pairShare?: number
  /** Peers behind NAT, 0 … 1; none unless given. */
  natShare?: number
  seed: number
}

/** The last hosts of each region are servers: an address says so to every process. */
export const SERVERS_PER_REGION = 32

export function mayDial (reach: ReachInit | undefined, from: string, to: string): boolean {
  if (reach == null) return true
  if (isBehindNat(reach, to)) return false
  const [one, other] = [peerNumber(from), peerNumber(to)]
  if (one == null || other == null) return true
  const { pairShare = 1, seed } = reach
  return chance(seed, Math.min(one, other), Math.max(one, other)) < pairShare
}

export function isBehindNat ({ natShare = 0, seed }: ReachInit, address: string): boolean {
  const peer = peerNumber(address)
  return peer != null && chance(seed, peer, peer) < natShare
}

/** Undefined of servers, and of addresses that are no host's. */
function peerNumber (address: string): number | undefined {
  const host = hostAt(address)
  if (host == null || host.index >= HOSTS_PER_REGION - SERVERS_PER_REGION) return undefined
  return REGIONS.indexOf(host.region) * HOSTS_PER_REGION + host.index
}

/** Of a pair, 0 … 1. */
function chance (seed: number, one: number, other: number): number {
  return seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ (one << 10 | other))()
}
