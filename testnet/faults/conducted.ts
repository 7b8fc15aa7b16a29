/**
 * Daemons that are not as they should be: they harm others, their disks are slow, their clocks are
 * wrong.
 */

import type { Conduct } from '../conduct.ts'
import type { Daemon } from '../daemon.ts'
import type { Fault, FaultSpec } from './fault.ts'
import { named } from './says.ts'
import { victimsOf } from './victims.ts'

type ConductSpec =
  Exclude<FaultSpec, { kind: 'kill' | 'churn' | 'partition' | 'slow-peer' }>

const SLOW_DISK_MS = 500

export function conducted (spec: ConductSpec): Fault {
  const { kind, who } = spec
  let struck: Daemon[] = []
  return {
    kind,
    strike: async (network, { signal } = {}) => {
      struck = victimsOf(network, who)
      for (const daemon of struck) {
        signal?.throwIfAborted()
        await network.conduct(daemon, conductOf(spec))
      }
      const text = `from now on ${named(struck)}: ${whatOf(spec)}`
      return { kind, nodes: struck.map(({ name }) => name), text }
    },
    heal: async (network, { signal } = {}) => {
      const healed = struck
      struck = []
      for (const daemon of healed) {
        signal?.throwIfAborted()
        await network.conduct(daemon, {})
      }
      const text = `no more of ${named(healed)}: ${whatOf(spec)}`
      return { kind: 'heal', nodes: healed.map(({ name }) => name), text }
    }
  }
}

function conductOf (spec: ConductSpec): Conduct {
  if (spec.kind === 'slow-disk') return { diskDelayMs: spec.delayMs ?? SLOW_DISK_MS }
  return spec.kind === 'clock-skew' ? { clockSkewMs: spec.skewMs } : { misdeed: spec.kind }
}

function whatOf (spec: ConductSpec): string {
  switch (spec.kind) {
    case 'slow-disk': return `each block is read ${spec.delayMs ?? SLOW_DISK_MS} ms late`
    case 'clock-skew': return `the clock is ${spec.skewMs / 1000} s ahead`
    case 'polluter': return 'every block sent is altered'
    case 'liar': return 'nothing is there of what is told to be held'
    case 'free-rider': return 'nothing is served to others'
    case 'busy': return 'every request is answered with BUSY'
  }
}
