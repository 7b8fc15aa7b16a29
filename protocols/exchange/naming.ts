/**
 * An address with the peer it must lead to at its end.
 */

import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const P2P = 'p2p'

export function naming (address: Multiaddr, peer: PeerId): Multiaddr {
  const isNamed = address.getComponents().at(-1)?.name === P2P
  return isNamed ? address : address.encapsulate(`/${P2P}/${peer}`)
}
