/**
 * The libp2p stack of a page.
 * in: a key, ICE servers. out: a libp2p node that dials over WebRTC and WebSockets, and is reached
 * over WebRTC by those who find it at a relay. No DHT, no mDNS: trackers say who is there.
 */

import { noise } from '@libp2p/noise'
import { type Identify, identify } from '@libp2p/identify'
import type { ComponentLogger, Libp2p, PrivateKey } from '@libp2p/interface'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { MAX_UNDRAINED_BYTES } from '../../../protocols/limits.ts'
import { relayTransport } from '../../../protocols/nat/circuit-relay.ts'
import { persistentWebRtc } from './persistent-webrtc.ts'
import { isRelayOnly as isOverRelayOnly, toldAddresses } from './told-addresses.ts'

export type BrowserHost = Libp2p<{ identify: Identify }>

export interface BrowserHostInit {
  privateKey: PrivateKey
  iceServers: RTCIceServer[]
  /** Others see a TURN server's address only: none but bootstraps is dialled directly. */
  isRelayOnly: boolean
  /** Peer IDs of bootstraps, which see us in any case: we fetched the page's answers from them. */
  bootstraps: ReadonlySet<string>
  /** Higher: more to choose from; lower: less memory. */
  maxConnections: number
  logger: ComponentLogger
}

const MAX_PENDING_CONNECTIONS = 16
const INBOUND_CONNECTIONS_PER_SECOND = 50
/** A page may have to be dialled several times: persistent-webrtc.ts. */
const ADDRESS_DIAL_MS = 9_000

export async function createBrowserHost (init: BrowserHostInit): Promise<BrowserHost> {
  const { isRelayOnly, iceServers } = init
  const dataChannel = { maxBufferedAmount: MAX_UNDRAINED_BYTES }
  const rtcConfiguration: RTCConfiguration = {
    iceServers, ...(isRelayOnly && { iceTransportPolicy: 'relay' })
  }
  return await createLibp2p<{ identify: Identify }>({
    start: false,
    privateKey: init.privateKey,
    // By itself it would tell everybody which browser this is.
    nodeInfo: { name: 'cdnd', userAgent: 'cdnd' },
    addresses: {
      listen: ['/p2p-circuit', '/webrtc'],
      announceFilter: all => toldAddresses(all, !isRelayOnly)
    },
    transports: [
      persistentWebRtc({ rtcConfiguration, dataChannel }),
      // A listening node is asked directly: it needs no help to be found.
      webRTCDirect({ rtcConfiguration: { iceServers: [] }, dataChannel }),
      webSockets(),
      relayTransport()
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      // No blocks pass over a relay. The signalling of WebRTC dials one past this.
      denyDialMultiaddr: address => isOverRelayOnly(address) ||
        ((isRelayOnly || isWebSocket(address)) && !isOverOne(address, init.bootstraps))
    },
    connectionManager: {
      maxConnections: init.maxConnections,
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      addressDialTimeout: ADDRESS_DIAL_MS
    },
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
    logger: init.logger
  })
}

/** Whoever tells of addresses must not have pages knock at any web server. */
function isWebSocket (address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'ws' || name === 'wss')
}

/** It is a bootstrap's, or a page's behind one: who dials it shows its address to nobody else. */
function isOverOne (address: Multiaddr, bootstraps: ReadonlySet<string>): boolean {
  const first = address.getComponents().find(({ name }) => name === 'p2p')
  return first?.value != null && bootstraps.has(first.value)
}
