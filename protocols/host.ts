/**
 * The libp2p stack every role shares. For Node only; the browser has its own.
 * in: a key, a network name, addresses. out: a libp2p node, started unless asked not to be.
 */

import { type Identify, identify } from '@libp2p/identify'
import type { ComponentLogger, Libp2p, PrivateKey, Transport } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { type Ping, ping } from '@libp2p/ping'
import type { TCPComponents } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { dht } from './dht.ts'
import { isWebRtc, lazyWebRtc } from './lazy-webrtc.ts'
import { MAX_UNDRAINED_BYTES } from './limits.ts'
import { dialOrder, type NatInit, natParts, type NatServices, toldAddresses } from './nat/index.ts'
import { type PubSub, type PubSubInit, pubSub } from './pubsub.ts'
import { secureChannel } from './secure-channel.ts'
import { streamMuxer } from './stream-muxer.ts'
import { KEEP_ALIVE_MS } from './tcp.ts'

// A type, not an interface: libp2p asks for an index signature.
export type HostServices = NatServices & {
  identify: Identify
  ping: Ping
  /** Undefined with `dht: 'off'`. */
  dht?: KadDHT
  /** Undefined unless asked for. */
  pubsub?: PubSub
}

export type Host = Libp2p<HostServices>

export interface HostInit {
  privateKey: PrivateKey
  /** Two networks never merge: the name stands in the DHT's protocol. */
  network: string
  /** Multiaddrs of tcp, webrtc-direct and ws; empty to only dial. */
  listen: string[]
  /** Multiaddrs told to others in place of the ones listened on, such as a NAT's outer side. */
  announce?: string[]
  /** 'server' where others can reach the node, 'client' behind NAT. */
  dht: 'server' | 'client' | 'off'
  /** Keeps loopback and LAN addresses in the DHT: for networks that do not span the internet. */
  isPrivate?: boolean
  /** {@link DEFAULT_MAX_CONNECTIONS}. Higher: more peers to choose from; lower: less memory. */
  maxConnections?: number
  /** Of the DHT, its default unless given. */
  bucketSize?: number
  /** Gossips, given this; it may be empty. */
  gossip?: PubSubInit
  /** How nodes that cannot be dialled are met; absent for those who meet none. */
  nat?: NatInit
  /** How the node names its software to others; no more than that, it is seen by strangers. */
  agent?: string
  logger?: ComponentLogger
  /** In place of libp2p's own TCP. For tests and testnets. */
  tcp?: (components: TCPComponents) => Transport
  /** false to register protocols first and start by hand. */
  start?: boolean
}

export const DEFAULT_MAX_CONNECTIONS = 300

/** Per remote host and second: libp2p's 5 locks out a household or a testnet behind one address. */
const INBOUND_CONNECTIONS_PER_SECOND = 1000
const MAX_PENDING_CONNECTIONS = 200

export async function createHost (init: HostInit): Promise<Host> {
  const nat = natParts(init.nat)
  return await createLibp2p<HostServices>({
    start: init.start ?? true,
    privateKey: init.privateKey,
    nodeInfo: { name: 'cdnd', userAgent: init.agent ?? 'cdnd' },
    addresses: {
      listen: init.listen, announce: init.announce ?? [], announceFilter: toldAddresses
    },
    transports: [
      init.tcp ?? nat.tcp, await webRtc(init), ...await webSockets(init), ...nat.transports
    ],
    connectionEncrypters: [secureChannel()],
    streamMuxers: [streamMuxer({ keepAliveInterval: KEEP_ALIVE_MS })],
    // The browser's default gater refuses loopback and plain addresses; any network may have such.
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      maxConnections: init.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      addressSorter: dialOrder
    },
    // Its ping stream per connection is most of an idle node's CPU; exchange has PING of its own.
    connectionMonitor: { enabled: false },
    services: { ...services(init), ...nat.services },
    ...(init.logger == null ? {} : { logger: init.logger })
  })
}

/** Loaded at once only where it listens. */
async function webRtc ({ listen }: HostInit) {
  // With its 2 MiB a block would wait behind thirteen that were cancelled or are less urgent.
  const webRtc = { dataChannel: { maxBufferedAmount: MAX_UNDRAINED_BYTES } }
  if (!listen.some(address => isWebRtc(multiaddr(address)))) return lazyWebRtc(webRtc)
  const { listeningWebRtc } = await import('./listening-webrtc.ts')
  return listeningWebRtc({ webRtc })
}

/** For pages, mostly behind a proxy that has a certificate; nodes dial each other by TCP. */
async function webSockets ({ listen }: HostInit) {
  if (!listen.some(isWebSocket)) return []
  const { webSockets } = await import('@libp2p/websockets')
  return [webSockets()]
}

function isWebSocket (address: string): boolean {
  return multiaddr(address).getComponents().some(({ name }) => name === 'ws' || name === 'wss')
}

function services (init: HostInit) {
  const { network, dht: mode, isPrivate, bucketSize, gossip } = init
  return {
    identify: identify(),
    ping: ping(),
    ...(mode !== 'off' && { dht: dht({ network, mode, isPrivate, bucketSize }) }),
    ...(gossip != null && { pubsub: pubSub(gossip) })
  }
}
