/**
 * WebRTC for a node that listens on it, on a UDP port that is free where none is named.
 * in: the options of webrtc-direct.
 * out: a transport that dials and listens.
 *
 * The library looks for a free port among those of TCP, of which one in some hundred is taken for
 * UDP; what could not listen then fails the host's stop as well. Nor does it say why.
 */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  type CreateListenerOptions, type Listener, type ListenerEvents, type Transport, TypedEventEmitter
} from '@libp2p/interface'
import { webRTCDirect } from '@libp2p/webrtc'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { leaveListening } from './left-listening.ts'

type Factory = ReturnType<typeof webRTCDirect>
/** Rejects where a UDP port of that IP address is taken; resolves to it, and 0 to a free one. */
export type PortProbe = (host: string, port: number) => Promise<number>

/** Somebody may take the port before we do. */
const MAX_TRIES = 4

export interface ListeningWebRtcInit {
  /** The library's own. */
  webRtc?: Parameters<typeof webRTCDirect>[0]
  /** {@link probeUdp} */
  probe?: PortProbe
}

export const listeningWebRtc = (
  { webRtc = {}, probe = probeUdp }: ListeningWebRtcInit = {}
): Factory => components => {
  const transport = webRTCDirect(webRtc)(components)
  const create = transport.createListener.bind(transport)
  const createListener = (options: CreateListenerOptions): Listener => new ProbingListener(
    () => leaveListening(create(options)), probe
  )
  return Object.assign(transport, { createListener }) satisfies Transport
}

class ProbingListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #create: () => Listener
  readonly #probe: PortProbe
  #listener: Listener | undefined

  constructor (create: () => Listener, probe: PortProbe) {
    super()
    this.#create = create
    this.#probe = probe
  }

  async listen (address: Multiaddr): Promise<void> {
    for (let tried = 1; ; tried++) {
      const listener = this.#create()
      try {
        await listener.listen(await this.#withPort(address))
        this.#listener = listener
        break
      } catch (err) {
        if (tried === MAX_TRIES || portOf(address) !== 0) throw err
      }
    }
    // A renewed certificate is another address.
    this.#listener.addEventListener('listening', () => { this.safeDispatchEvent('listening') })
    this.safeDispatchEvent('listening')
  }

  getAddrs (): Multiaddr[] {
    return this.#listener?.getAddrs() ?? []
  }

  updateAnnounceAddrs (addresses: Multiaddr[]): void {
    this.#listener?.updateAnnounceAddrs(addresses)
  }

  async close (): Promise<void> {
    await this.#listener?.close()
    this.#listener = undefined
    this.safeDispatchEvent('close')
  }

  async #withPort (address: Multiaddr): Promise<Multiaddr> {
    const components = address.getComponents()
    const value = String(await this.#probe(components[0]!.value ?? '', portOf(address)))
    return multiaddr(components.map(part => part.name === 'udp' ? { ...part, value } : part))
  }
}

function portOf (address: Multiaddr): number {
  return Number(address.getComponents().find(({ name }) => name === 'udp')?.value)
}

async function probeUdp (host: string, port: number): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return socket.address().port
  } finally {
    socket.close()
  }
}
