/**
 * The RTTs in a node's record. in: the servers it measures over HTTP, and its neighbours.
 * out: at most MAX_RECORD_RTTS, servers first: landmarks are worth most to strangers.
 */

import type { PeerId } from '@libp2p/interface'
import { MAX_RECORD_RTTS } from '../protocols/limits.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

interface Measured { peer: PeerId, rttMs?: number | undefined }

export function recordRtts (
  servers: Iterable<Measured>, neighbours: Iterable<Measured>
): NodeRecord['rtts'] {
  const rtts = new Map<string, number>()
  for (const { peer, rttMs } of [...servers, ...neighbours]) {
    const key = peer.toString()
    if (rttMs != null && !rtts.has(key) && rtts.size < MAX_RECORD_RTTS) rtts.set(key, rttMs)
  }
  return [...rtts].map(([peer, rttMs]) => ({ peer, rttMs }))
}
