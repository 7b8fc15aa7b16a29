/**
 * Hosts connected in memory, so that exchange runs without a port.
 * in: nothing. out: as many libp2p hosts as asked for, each knowing only what exchange asks of it.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import {
  type Connection, isPeerId, type PeerId, type Stream, type StreamHandler
} from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { streamPair } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { ExchangeHost } from '../../../protocols/exchange/index.ts'

export interface MemoryHost extends ExchangeHost {
  readonly address: Multiaddr
  /** A connection to another, beside what there is. */
  open (to: MemoryHost): void
  /** A stream as any peer could open it, with nothing sent. */
  openStream (to: MemoryHost): Promise<Stream>
  /** Streams opened to and from others, open or not. */
  readonly streams: Stream[]
  readonly aborted: Error[]
}

export class MemoryNetwork {
  /** Whether connections lead through a relay, and have limits. */
  isRelayed: boolean
  readonly #hosts = new Map<string, MemoryHost & { handler: StreamHandler | undefined }>()

  constructor ({ isRelayed = false } = {}) {
    this.isRelayed = isRelayed
  }

  async host (): Promise<MemoryHost> {
    const peerId = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const connections = new Map<string, Connection>()
    const connect = (to: PeerId): Connection => {
      const known = connections.get(to.toString())
      if (known?.status === 'open') {
        return known
      }
      const connection = this.#connection(host, to)
      connections.set(to.toString(), connection)
      return connection
    }
    const host: MemoryHost & { handler: StreamHandler | undefined } = {
      peerId,
      address: multiaddr(`/memory/${this.#hosts.size}/p2p/${peerId}`),
      handler: undefined,
      streams: [],
      aborted: [],
      handle: async (_protocol, handler) => { host.handler = handler },
      unhandle: async () => { host.handler = undefined },
      getConnections: peer =>
        [...connections.values()].filter(each => peer == null || each.remotePeer.equals(peer)),
      dial: async target =>
        connect(isPeerId(target) ? target : this.#peerAt([target].flat()[0] as Multiaddr)),
      open: to => { connections.set(`direct ${to.peerId}`, this.#connection(host, to.peerId)) },
      openStream: async to => await connect(to.peerId).newStream('')
    }
    this.#hosts.set(peerId.toString(), host)
    return host
  }

  #peerAt (address: Multiaddr): PeerId {
    const id = address.getComponents().findLast(({ name }) => name === 'p2p')?.value
    const host = this.#hosts.get(id ?? '')
    if (host == null) {
      throw new Error(`nobody listens at ${address}`)
    }
    return host.peerId
  }

  #connection (from: MemoryHost, to: PeerId): Connection {
    const abort = (error: Error): void => {
      connection.status = 'aborted'
      from.aborted.push(error)
      from.streams.forEach(stream => { stream.abort(error) })
    }
    const newStream = async (): Promise<Stream> => {
      const remote = this.#hosts.get(to.toString())
      if (remote?.handler == null) {
        throw new Error('the peer does not speak the protocol')
      }
      const [ours, theirs] = await streamPair({ delay: 0 })
      from.streams.push(ours)
      remote.streams.push(theirs)
      void remote.handler(theirs, {
        ...connection,
        remotePeer: from.peerId,
        remoteAddr: multiaddr('/ip4/198.51.100.1/tcp/1'),
        direction: 'inbound',
        abort
      })
      return ours
    }
    const connection = {
      remotePeer: to,
      remoteAddr: this.#hosts.get(to.toString())?.address,
      direction: 'outbound',
      status: 'open',
      ...(this.isRelayed && { limits: {} }),
      newStream,
      abort
    } as unknown as Connection
    return connection
  }
}
