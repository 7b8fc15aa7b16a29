/**
 * The process a {@link LinkProxy} runs in. in: calls over IPC. out: an answer each; ends when the
 * process that started it does.
 */

import type { NetworkShape } from './distance.ts'
import { LinkProxy, type SocketAddress } from './link-proxy.ts'
import type { HostShape } from './wires.ts'
import { answerCalls } from './worker-process.ts'

export type LinkCall =
  | { do: 'addHost', address: string, shape: HostShape }
  | { do: 'divide', sides: ReadonlyArray<readonly string[]> }
  | { do: 'forward', target: SocketAddress }

if (import.meta.main) {
  const proxy = new LinkProxy(JSON.parse(process.argv[2] ?? '{}') as NetworkShape)
  process.on('disconnect', () => { process.exit() })
  // The terminal's Ctrl-C reaches us too: daemons still say goodbye to each other over the links.
  process.on('SIGINT', () => {})
  answerCalls<LinkCall, SocketAddress | null>(async call => {
    if (call.do === 'forward') return await proxy.forward(call.target)
    if (call.do === 'divide') proxy.divide(call.sides)
    else proxy.addHost(call.address, call.shape)
    return null
  })
}
