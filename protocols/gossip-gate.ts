/**
 * Stands between gossipsub and its streams: counts their bytes, and ends those of a peer that sends
 * more than it may. Gossipsub itself reads whatever comes, and remembers it for minutes.
 * in: libp2p's components. out: the same, with streams of its protocols counted and bounded.
 */

import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { Connection, Stream, StreamHandler, Topology } from '@libp2p/interface'
import { RateLimitedError } from './errors.ts'

export interface GossipTraffic {
  receivedBytes: number
  sentBytes: number
  /** Frames: a message, or what is said about messages. */
  sentFrames: number
}

export interface GossipGate {
  traffic: GossipTraffic
  /** Asked for each chunk before it is read; false ends the stream. */
  mayRead: (peer: string, bytes: number) => boolean
}

export function gated (components: GossipSubComponents, gate: GossipGate): GossipSubComponents {
  const { registrar } = components
  const guarded = overriding(registrar, {
    handle: (protocol: string, handler: StreamHandler, options?: object) =>
      registrar.handle(protocol, (stream, connection) => {
        boundReading(stream, connection.remotePeer.toString(), gate)
        return handler(stream, counting(connection, gate))
      }, options),
    register: (protocol: string, topology: Topology, options?: object) =>
      registrar.register(protocol, overriding(topology, {
        onConnect: (peer: Parameters<NonNullable<Topology['onConnect']>>[0], to: Connection) =>
          topology.onConnect?.(peer, counting(to, gate))
      }), options)
  })
  // libp2p's components are a proxy, of which a copy would be empty.
  return Object.create(components, { registrar: { value: guarded } }) as GossipSubComponents
}

/** Streams opened on it have their bytes counted. */
function counting (connection: Connection, { traffic }: GossipGate): Connection {
  return overriding(connection, {
    newStream: async (...args: Parameters<Connection['newStream']>) => {
      const stream = await connection.newStream(...args)
      const send = stream.send.bind(stream)
      stream.send = data => {
        traffic.sentBytes += data.byteLength
        traffic.sentFrames++
        return send(data)
      }
      return stream
    }
  })
}

/** Our listener comes before gossipsub's, which hears of the stream's end instead. */
function boundReading (stream: Stream, peer: string, { traffic, mayRead }: GossipGate): void {
  stream.addEventListener('message', ({ data }) => {
    traffic.receivedBytes += data.byteLength
    if (stream.status === 'open' && !mayRead(peer, data.byteLength)) {
      stream.abort(new RateLimitedError('more gossip than a peer may send'))
    }
  })
}

/** `target` with other methods; those that stay run on `target`, whose fields may be private. */
function overriding<T extends object> (target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => {
      const own = Reflect.get(methods, key)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}
