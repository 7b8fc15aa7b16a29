/**
 * Whether a network spans the internet. in: the settings. out: how the DHT treats private
 * addresses, and whether this node can be a DHT server.
 */

import { isPrivate } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Config } from './config.ts'

type Reach = Pick<Config, 'bootstrap' | 'announceAddresses'>

/** True when no address that the network is joined or reached by is a public one. */
export function isPrivateNetwork ({ bootstrap, announceAddresses }: Reach): boolean {
  return [...bootstrap, ...announceAddresses].every(isPrivateAddress)
}

/**
 * `auto`: whoever listens in a private network is reachable there; in the internet, who says how to
 * reach it.
 */
export function dhtMode (
  config: Reach & Pick<Config, 'dht' | 'listen'>
): 'server' | 'client' | 'off' {
  const { dht, listen, announceAddresses } = config
  if (!dht.enabled) return 'off'
  if (dht.mode !== 'auto') return dht.mode
  const isReachable = isPrivateNetwork(config) || announceAddresses.length > 0
  return listen.length > 0 && isReachable ? 'server' : 'client'
}

function isPrivateAddress (text: string): boolean {
  // A name is looked up in the internet's DNS.
  return !text.startsWith('/dns') && isPrivate(multiaddr(text))
}
