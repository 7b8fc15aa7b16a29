/**
 * Daemons that are killed, and come back on the same data: a listener who pulls the plug, a
 * tracker, edge or origin that is lost.
 */

import type { Daemon } from '../daemon.ts'
import type { Fault, FaultSpec } from './fault.ts'
import { named, wasOrWere } from './says.ts'
import { victimsOf } from './victims.ts'

export function kill ({ who }: FaultSpec & { kind: 'kill' }): Fault {
  let killed: Daemon[] = []
  return {
    kind: 'kill',
    strike: async network => {
      const struck = victimsOf(network, who).filter(({ isRunning }) => isRunning)
      await Promise.all(struck.map(daemon => daemon.kill()))
      killed.push(...struck)
      const text = `${named(struck)} ${wasOrWere(struck)} killed`
      return { kind: 'kill', nodes: struck.map(({ name }) => name), text }
    },
    heal: async (network, { signal } = {}) => {
      const back = killed.filter(({ isRunning }) => !isRunning)
      killed = []
      // One by one: a start is what costs most.
      for (const daemon of back) {
        signal?.throwIfAborted()
        await network.restart(daemon)
      }
      const text = `${named(back)} ${wasOrWere(back)} started again`
      return { kind: 'restart', nodes: back.map(({ name }) => name), text }
    }
  }
}
