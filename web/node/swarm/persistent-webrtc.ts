/**
 * WebRTC between pages, where libp2p's own (6.0.33) may wait in vain.
 * in: the options of webrtc. out: a transport.
 *
 * The one that dials opens a first channel, waits for it to open, and closes it; so does the one
 * that is dialled, as soon as it sees it. When that is sooner, the channel never counts as open to
 * the first, which waits until its time is up, though both are connected: one dial in eight, on one
 * machine. So who is dialled gives the other a moment, and who dials does so again.
 */

import type { DialTransportOptions, Transport, Upgrader } from '@libp2p/interface'
import { webRTC } from '@libp2p/webrtc'
import type { Multiaddr } from '@multiformats/multiaddr'
import { dialAgain } from './dial-again.ts'

type Factory = ReturnType<typeof webRTC>

/** For the first channel to be seen open by the one that dialled. */
const MOMENT_MS = 200

export const persistentWebRtc = (
  init: Parameters<typeof webRTC>[0]
): Factory => components => {
  const transport = webRTC(init)(Object.create(components, {
    upgrader: { value: patient(components.upgrader) }
  }) as typeof components)
  const dial = transport.dial.bind(transport)
  return Object.assign(transport, {
    dial: (address: Multiaddr, options: DialTransportOptions) =>
      dialAgain(dial as Transport['dial'], address, options)
  }) satisfies Transport
}

/** What comes over the connection meanwhile is kept for its streams. */
function patient (upgrader: Upgrader): Upgrader {
  return {
    upgradeInbound: async (connection, options) => {
      await new Promise(resolve => { setTimeout(resolve, MOMENT_MS) })
      await upgrader.upgradeInbound(connection, options)
    },
    upgradeOutbound: (connection, options) => upgrader.upgradeOutbound(connection, options),
    createInboundAbortSignal: signal => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters()
  }
}
