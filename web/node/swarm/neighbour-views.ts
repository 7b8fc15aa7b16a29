/**
 * The neighbours as a person may see them. in: the exchange and the connections under it. out: for
 * each a short name, how far it is, what passed either way. No addresses.
 */

import type { Connection, Libp2p } from '@libp2p/interface'
import type { Exchange } from '../../../protocols/exchange/types.ts'
import type { NeighbourView, TransportName } from '../types.ts'

/** As many as tell a few dozen apart. */
const SHORT_ID = 8

export function neighbourViews (
  exchange: Pick<Exchange, 'neighbours'>, host: Pick<Libp2p, 'getConnections'>
): NeighbourView[] {
  return Array.from(exchange.neighbours(), ({ peer, hello, rttMs, receivedBytes, sentBytes }) => {
    const [connection] = host.getConnections(peer).sort(directFirst)
    return {
      id: peer.toString(),
      name: peer.toString().slice(-SHORT_ID),
      role: hello.role,
      region: hello.region,
      receivedBytes,
      sentBytes,
      transport: transportOf(connection),
      ...(rttMs != null && { rttMs })
    }
  })
}

const directFirst = (a: Connection, b: Connection): number =>
  Number(a.limits != null) - Number(b.limits != null)

function transportOf (connection: Connection | undefined): TransportName {
  const names = connection?.remoteAddr.getComponents().map(({ name }) => name) ?? []
  if (names.includes('webrtc')) return 'webrtc'
  if (names.includes('p2p-circuit')) return 'relay'
  return names.includes('webrtc-direct') ? 'webrtc-direct' : 'websocket'
}
