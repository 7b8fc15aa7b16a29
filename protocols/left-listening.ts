/**
 * A WebRTC listener whose socket is left to the end of the process.
 * in: a listener of webrtc-direct that does not listen yet. out: the same; once closed it hears
 * nobody, but its port stays taken.
 *
 * libdatachannel (0.24.5) leaves unset by what its `IceUdpMuxListener` knows that it was stopped
 * before. Where that says so by chance, stopping frees what its thread still calls, and whoever
 * dials until the process has ended aborts it: 14 of 154 peers that were stopped together.
 */

import type { Listener } from '@libp2p/interface'

interface MuxServer { close: () => Promise<void> }

/** What the library keeps to itself. */
interface WebRtcListener {
  startUDPMuxServer: (...where: unknown[]) => { server: Promise<MuxServer> }
  incomingConnection: (...from: unknown[]) => Promise<void>
}

/** Nor is it collected, which would free it too: its callback holds it. */
export function leaveListening (listener: Listener): Listener {
  const inner = listener as unknown as WebRtcListener
  const start = inner.startUDPMuxServer.bind(inner)
  const accept = inner.incomingConnection.bind(inner)
  let isClosed = false
  inner.startUDPMuxServer = (...where) => {
    const mux = start(...where)
    const close = async (): Promise<void> => { isClosed = true }
    return { ...mux, server: mux.server.then(server => ({ ...server, close })) }
  }
  inner.incomingConnection = async (...from) => {
    if (!isClosed) await accept(...from)
  }
  return listener
}
