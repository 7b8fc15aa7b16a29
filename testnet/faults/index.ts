/**
 * What goes wrong on purpose: faults that strike a network and are healed.
 * in: a fault by name, whom it concerns. out: a sentence on what was done, and to whom.
 */

import { churn } from './churn.ts'
import { conducted } from './conducted.ts'
import type { Fault, FaultSpec } from './fault.ts'
import { kill } from './kill.ts'
import { partition } from './partition.ts'
import { slowPeer } from './slow-peer.ts'

export {
  type Chosen, FAULT_KINDS, type Fault, type FaultKind, type FaultOptions, type FaultSpec,
  type FaultyNetwork, type Struck, type Who
} from './fault.ts'

/**
 * A fault that has not struck yet.
 *
 * @example
 * const lost = createFault({ kind: 'kill', who: { role: 'edge', count: 1 } })
 * const { nodes, text } = await lost.strike(network)
 * await lost.heal(network)
 */
export function createFault (spec: FaultSpec): Fault {
  switch (spec.kind) {
    case 'kill': return kill(spec)
    case 'churn': return churn(spec)
    case 'partition': return partition(spec)
    case 'slow-peer': return slowPeer(spec)
    default: return conducted(spec)
  }
}
