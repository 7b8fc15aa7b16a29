/**
 * Whether a peer is on our own network. in: its address on a connection. out: yes or no.
 */

import type { Multiaddr } from '@multiformats/multiaddr'

/** Loopback, link-local and private ranges (RFC 1918, RFC 4193); not those of carriers. */
const NEAR = {
  ip4: /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/,
  ip6: /^(::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i
}

/** By its first part: a relay's address is the relay's. */
export function isOnLan (address: Multiaddr): boolean {
  const [first] = address.getComponents()
  const isIp = first?.name === 'ip4' || first?.name === 'ip6'
  return isIp && NEAR[first.name as keyof typeof NEAR].test(first.value ?? '')
}
