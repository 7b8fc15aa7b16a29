/**
 * The process {@link PackedNodes} run in. in: calls over IPC. out: an answer each; ends, its nodes
 * first, when it is asked to or when the process that started it does.
 */

import { setMaxListeners } from 'node:events'
import { collectEverything } from '../daemon/idle-collector.ts'
import type { Conduct } from './conduct.ts'
import type { NetworkShape } from './distance.ts'
import { type NodeSnapshot, type NodeStart, PackedNodes } from './packed-nodes.ts'
import type { HostShape } from './wires.ts'
import { answerCalls } from './worker-process.ts'

export type PackCall =
  | { do: 'start', start: NodeStart }
  | { do: 'stop' | 'cut', name: string }
  | { do: 'rewire', name: string, wires: HostShape }
  | { do: 'conduct', name: string, conduct: Conduct }
  | { do: 'divide', sides: ReadonlyArray<readonly string[]> }
  | { do: 'snapshot' | 'rest' }

export interface PackAnswer {
  /** Of a start. */
  ready?: Record<string, string>
  /** Of a snapshot. */
  nodes?: NodeSnapshot[]
}

/** For all its nodes together; longer than any of them should take. */
const STOP_TIMEOUT_MS = 9_000

if (import.meta.main) {
  // Many nodes listen to what belongs to the process.
  setMaxListeners(0, process)
  const nodes = new PackedNodes(JSON.parse(process.argv[2] ?? '{}') as NetworkShape)
  const end = (): void => {
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    void nodes.stopAll().finally(() => process.exit())
  }
  process.on('disconnect', end).on('SIGTERM', end)
  // The terminal's Ctrl-C reaches us too: whoever started us stops nodes in its own order.
  process.on('SIGINT', () => {})
  answerCalls<PackCall, PackAnswer>(async call => {
    switch (call.do) {
      case 'start': return { ready: await nodes.start(call.start) }
      case 'snapshot': return { nodes: nodes.snapshot() }
      case 'stop': await nodes.stop(call.name); break
      case 'cut': await nodes.cut(call.name); break
      case 'rewire': nodes.rewire(call.name, call.wires); break
      case 'conduct': nodes.conduct(call.name, call.conduct); break
      case 'rest': await collectEverything(); break
      case 'divide': nodes.divide(call.sides); break
    }
    return {}
  })
}
