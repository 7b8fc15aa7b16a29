/**
 * How others come to this node, as the control API shows it.
 */

import type { ReachStatus } from '../protocols/control/index.ts'
import type { Host } from '../protocols/host.ts'
import { relayOf } from '../protocols/nat/index.ts'

/** Servers are set up where others can dial them. */
export function reachStatus (
  host: Pick<Host, 'services' | 'getMultiaddrs'>
): ReachStatus {
  const { reach } = host.services.reachability ?? {}
  const relays = host.getMultiaddrs().flatMap(address => relayOf(address) ?? [])
  return { state: 'direct', ...reach, relays: [...new Set(relays)] }
}
