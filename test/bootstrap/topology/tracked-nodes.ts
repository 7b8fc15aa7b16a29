/**
 * Nodes as a tracker's store has them, named by letters, with the RTTs they report.
 */

import type { PeerId } from '@libp2p/interface'
import type { CountedNode } from '../../../bootstrap/store.ts'
import type { NodeRecord } from '../../../protocols/tracker/index.ts'
import { NETWORK, NOW } from '../../protocols/tracker/nodes.ts'

export function tracked (
  id: string, rtts: Record<string, number> = {}, overrides: Partial<NodeRecord> = {}
): CountedNode {
  return {
    record: {
      network: NETWORK,
      peer: { toString: () => id } as PeerId,
      role: 'peer',
      region: 'eu',
      addresses: [],
      seq: 1,
      issuedAtMs: NOW,
      rtts: Object.entries(rtts).map(([peer, rttMs]) => ({ peer, rttMs })),
      ...overrides
    },
    envelope: new Uint8Array(),
    titles: 0
  }
}
