/**
 * Whether a network spans the internet, and this node can be dialled. in: the settings. out: how
 * the DHT treats private addresses, whether this node can be a DHT server, what it does about NATs.
 */

import { isPrivate } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { NatInit } from '../protocols/nat/index.ts'
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
  config: Reach & Pick<Config, 'dht' | 'listen' | 'reach'>
): 'server' | 'client' | 'off' {
  const { dht, listen, announceAddresses } = config
  if (!dht.enabled) return 'off'
  if (dht.mode !== 'auto') return dht.mode
  const isReachable = config.reach === 'direct' ||
    (config.reach === 'auto' && (isPrivateNetwork(config) || announceAddresses.length > 0))
  return listen.length > 0 && isReachable ? 'server' : 'client'
}

/** Bootstraps and edges relay; peers are reached through them where nobody can dial them. */
export function natOf (
  { role, reach, bootstrap, announceAddresses }: Reach & Pick<Config, 'role' | 'reach'>
): { nat?: NatInit } {
  if (role === 'origin') return {}
  if (role !== 'peer') return { nat: { kind: 'relay' } }
  const mode = reach === 'auto' && announceAddresses.length > 0 ? 'direct' : reach
  return { nat: { kind: 'client', mode, anchors: bootstrap } }
}

function isPrivateAddress (text: string): boolean {
  // A name is looked up in the internet's DNS.
  return !text.startsWith('/dns') && isPrivate(multiaddr(text))
}
