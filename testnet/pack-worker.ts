/**
 * The process {@link PackedNodes} run in. in: calls over IPC. out: an answer each; ends, its nodes
 * first, when it is asked to or when the process that started it does.
 */

import { setMaxListeners } from 'node:events'
import type { NetworkShape } from './distance.ts'
import { type NodeSnapshot, type NodeStart, PackedNodes } from './packed-nodes.ts'
import { answerCalls } from './worker-process.ts'

export type PackCall =
  | { do: 'start', start: NodeStart }
  | { do: 'stop' | 'cut', name: string }
  | { do: 'snapshot' }

export interface PackAnswer {
  /** Of a start. */
  ready?: Record<string, string>
  /** Of a snapshot. */
  nodes?: NodeSnapshot[]
}

if (import.meta.main) {
  // Many nodes listen to what belongs to the process.
  setMaxListeners(0, process)
  const nodes = new PackedNodes(JSON.parse(process.argv[2] ?? '{}') as NetworkShape)
  const end = (): void => { void nodes.stopAll().finally(() => process.exit()) }
  process.on('disconnect', end).on('SIGTERM', end)
  // The terminal's Ctrl-C reaches us too: whoever started us stops nodes in its own order.
  process.on('SIGINT', () => {})
  answerCalls<PackCall, PackAnswer>(async call => {
    if (call.do === 'start') return { ready: await nodes.start(call.start) }
    if (call.do === 'snapshot') return { nodes: nodes.snapshot() }
    await nodes[call.do](call.name)
    return {}
  })
}
