/**
 * Hosts whose wires become thin, as where somebody else in the house uploads films.
 */

import type { Daemon } from '../daemon.ts'
import type { HostShape } from '../wires.ts'
import type { Fault, FaultSpec } from './fault.ts'
import { named } from './says.ts'
import { victimsOf } from './victims.ts'

/** A quarter of what music at 256 kbit/s needs. */
const SLOW: HostShape = { uploadBytesPerSecond: 8_000 }

export function slowPeer ({ who, wires = SLOW }: FaultSpec & { kind: 'slow-peer' }): Fault {
  let slowed: Daemon[] = []
  const { uploadBytesPerSecond: up = Infinity, downloadBytesPerSecond: down = Infinity } = wires
  return {
    kind: 'slow-peer',
    strike: async network => {
      slowed = victimsOf(network, who)
      await Promise.all(slowed.map(daemon => network.rewire(daemon, wires)))
      const text = `${named(slowed)} became slow: ${rate(up)} up, ${rate(down)} down`
      return { kind: 'slow-peer', nodes: slowed.map(({ name }) => name), text }
    },
    heal: async network => {
      const healed = slowed
      slowed = []
      await Promise.all(healed.map(daemon => network.rewire(daemon)))
      const text = `${named(healed)} got back the old wires`
      return { kind: 'heal', nodes: healed.map(({ name }) => name), text }
    }
  }
}

function rate (bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond)
    ? `${Math.round(bytesPerSecond / 1000)} kB/s` : 'as fast as may be'
}
