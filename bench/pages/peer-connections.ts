/**
 * What a page's WebRTC connections carry. in: nothing; it has to be imported before whoever makes
 * them. out: bytes received, by the browser's own count, of connections that are gone too.
 */

const received = new Map<RTCPeerConnection, number>()

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor (configuration?: RTCConfiguration) {
    super(configuration)
    received.set(this, 0)
  }
}

/** A connection that has closed tells nothing any more: what it told last counts. */
export async function lookAtConnections (): Promise<void> {
  await Promise.all(Array.from(received.keys(), async connection => {
    if (connection.connectionState === 'closed') return
    let bytes = 0
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'transport') bytes += report.bytesReceived
    }
    received.set(connection, Math.max(received.get(connection)!, bytes))
  }))
}

export const wireBytes = (): number => [...received.values()].reduce((sum, bytes) => sum + bytes, 0)
