/**
 * Which addresses lead a browser somewhere, and at which a page is found. Pure.
 */

import type { Multiaddr } from '@multiformats/multiaddr'

/** WebRTC with its certificate's hash, WebSockets: what a page can dial without a relay. */
const DIALLED = ['webrtc-direct', 'ws', 'wss']
const CIRCUIT = 'p2p-circuit'

/** Of all relays together: each takes a place in every record. */
const MAX_FOR_PAGES = 4
const MAX_FOR_DAEMONS = 1

const names = (address: Multiaddr): string[] => address.getComponents().map(({ name }) => name)

/** True for a node's own address that a browser can dial. */
export function isForPages (address: Multiaddr): boolean {
  const parts = names(address)
  return !parts.includes(CIRCUIT) && parts.some(name => DIALLED.includes(name))
}

/** True for a relay's address alone: behind it a page is spoken to, and given no blocks. */
export function isRelayOnly (address: Multiaddr): boolean {
  const parts = names(address)
  return parts.includes(CIRCUIT) && !parts.includes('webrtc')
}

/**
 * What a page tells of itself: for other pages, offers and answers at relays that they can dial;
 * for daemons, which speak no WebRTC that way, one relay where they say who they are.
 */
export function toldAddresses (addresses: Multiaddr[], isForDaemons: boolean): Multiaddr[] {
  const pages = addresses.filter(address => {
    const parts = names(address)
    const relay = parts.slice(0, parts.indexOf(CIRCUIT))
    return parts.includes('webrtc') && relay.some(name => DIALLED.includes(name))
  })
  const daemons = isForDaemons
    ? addresses.filter(address => isRelayOnly(address) && names(address)[1] === 'tcp')
    : []
  return [...pages.slice(0, MAX_FOR_PAGES), ...daemons.slice(0, MAX_FOR_DAEMONS)]
}
