/**
 * A WebRTC listener whose socket outlives it.
 * in: a listener of webrtc-direct that does not listen yet. out: the same; once closed it hears
 * nobody, but its port stays taken, to the end of the process or until {@link closeLeft}.
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

/** Nor are they collected, which would free them too. */
const left = new Set<MuxServer>()

export function leaveListening (listener: Listener): Listener {
  const inner = listener as unknown as WebRtcListener
  const start = inner.startUDPMuxServer.bind(inner)
  const accept = inner.incomingConnection.bind(inner)
  let isClosed = false
  inner.startUDPMuxServer = (...where) => {
    const mux = start(...where)
    const leave = (server: MuxServer): MuxServer => ({
      ...server,
      close: async () => {
        isClosed = true
        left.add(server)
      }
    })
    return { ...mux, server: mux.server.then(leave) }
  }
  inner.incomingConnection = async (...from) => {
    if (!isClosed) await accept(...from)
  }
  return listener
}

/** For a process that goes on, once nobody is left who might dial: what is left keeps it alive. */
export async function closeLeft (): Promise<void> {
  for (const server of left) await server.close()
  left.clear()
}
