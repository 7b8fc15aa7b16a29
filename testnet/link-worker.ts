/**
 * The process a {@link LinkProxy} runs in. in: calls over IPC. out: an answer each; ends when the
 * process that started it does.
 */

import { type HostShape, LinkProxy, type NetworkShape, type SocketAddress } from './link-proxy.ts'

export type LinkCall =
  | { do: 'addHost', address: string, shape: HostShape }
  | { do: 'forward', target: SocketAddress }

/** `forwarded` answers a call of `forward`. */
export interface LinkAnswer { id: number, forwarded?: SocketAddress, error?: string }

if (import.meta.main) {
  const proxy = new LinkProxy(JSON.parse(process.argv[2] ?? '{}') as NetworkShape)
  const answer = (message: LinkAnswer): void => { process.send?.(message) }
  process.on('disconnect', () => { process.exit() })
  // The terminal's Ctrl-C reaches us too: daemons still say goodbye to each other over the links.
  process.on('SIGINT', () => {})
  process.on('message', ({ id, call }: { id: number, call: LinkCall }) => {
    if (call.do === 'addHost') {
      proxy.addHost(call.address, call.shape)
      answer({ id })
      return
    }
    proxy.forward(call.target).then(
      forwarded => { answer({ id, forwarded }) },
      (err: Error) => { answer({ id, error: err.message }) }
    )
  })
}
