/**
 * What a node does as a relay for others.
 * in: its settings, and who keeps blocks. out: what exchange needs to know to pass WANTs on.
 */

import type { PassingBlock, RelayParts } from '../protocols/exchange/index.ts'
import { sha256 } from '../protocols/sha256.ts'
import type { Config } from './config.ts'

export function relayParts (
  { relay }: Pick<Config, 'relay'>, keep: (block: PassingBlock) => void
): RelayParts {
  const { enabled, parallel, memoryBytes, perPeerBytesPerSecond } = relay
  const limits = {
    isEnabled: enabled, parallelPerPeer: parallel, memoryBytes, perPeerBytesPerSecond
  }
  return { limits, sha256, ...(relay.keep && { keep }) }
}
