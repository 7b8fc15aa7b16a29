/**
 * A neighbour as the control API shows it, in full and by its distance.
 */

import type { PeerSummary, RttEntry } from '../protocols/control/index.ts'
import type { Neighbour } from '../protocols/exchange/index.ts'
import type { Host } from '../protocols/host.ts'

export function peerSummary (
  neighbour: Neighbour, host: Pick<Host, 'getConnections'>
): PeerSummary {
  const { peer, hello, rttMs, rateBytesPerSecond, inFlight, receivedBytes, sentBytes } = neighbour
  return {
    peer: peer.toString(),
    role: hello.role,
    region: hello.region,
    addresses: host.getConnections(peer).map(({ remoteAddr }) => remoteAddr.toString()),
    isRelayed: neighbour.isLimited,
    ...(rttMs != null && { rttMs }),
    ...(rateBytesPerSecond != null && { rateBytesPerSecond }),
    inFlight,
    receivedBytes,
    sentBytes
  }
}

/** None of one that has not answered a PING yet. */
export function rttEntry ({ peer, hello, rttMs, latestRtt, coordinate }: Neighbour): RttEntry[] {
  if (rttMs == null) return []
  return [{
    peer: peer.toString(),
    rttMs,
    role: hello.role,
    region: hello.region,
    ...(latestRtt != null && { samples: latestRtt.count }),
    ...(coordinate != null && { coordinate })
  }]
}
