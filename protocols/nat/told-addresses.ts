/**
 * Which of a node's addresses others are told, in which order, and in which order they are dialled.
 * in: all of them. out: those behind a relay first, of each relay only what leads there best.
 */

import type { Address } from '@libp2p/interface'
import {
  loopbackAddressLast, publicAddressesFirst, reliableTransportsFirst
} from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Of one relay: its TCP, and one for browsers. */
const ADDRESSES_A_RELAY = 2

export function isRelayed (address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'p2p-circuit')
}

/** The relay's peer ID; undefined for a direct address. */
export function relayOf (address: Multiaddr): string | undefined {
  const parts = address.getComponents()
  const circuit = parts.findIndex(({ name }) => name === 'p2p-circuit')
  return parts.slice(0, Math.max(0, circuit)).findLast(({ name }) => name === 'p2p')?.value
}

/** Whoever has relayed addresses is hardly reached at others, so that these must not be cut off. */
export function toldAddresses (addresses: Multiaddr[]): Multiaddr[] {
  const relayed = Map.groupBy(addresses.filter(isRelayed), relayOf)
  const best = [...relayed.values()].flatMap(ways =>
    ways.sort(bestFirst).filter(isFirstOfItsKind).slice(0, ADDRESSES_A_RELAY))
  return [...best, ...addresses.filter(address => !isRelayed(address))]
}

/**
 * For libp2p's dialler, which tries one after the other: a private address of somebody who is
 * reached through a relay mostly leads nowhere, and takes its time.
 */
export function dialOrder ({ multiaddr: a }: Address, { multiaddr: b }: Address): -1 | 0 | 1 {
  return loopbackAddressLast(a, b) || publicAddressesFirst(a, b) || relayedFirst(a, b) ||
    reliableTransportsFirst(a, b)
}

function relayedFirst (a: Multiaddr, b: Multiaddr): -1 | 0 | 1 {
  if (isRelayed(a) === isRelayed(b)) return 0
  return isRelayed(a) ? -1 : 1
}

function bestFirst (a: Multiaddr, b: Multiaddr): number {
  return loopbackAddressLast(a, b) || publicAddressesFirst(a, b) ||
    Number(kindOf(b) === 'tcp') - Number(kindOf(a) === 'tcp')
}

const isFirstOfItsKind = (address: Multiaddr, at: number, all: Multiaddr[]): boolean =>
  all.findIndex(other => kindOf(other) === kindOf(address)) === at

/** tcp, udp */
const kindOf = (address: Multiaddr): string | undefined => address.getComponents()[1]?.name
