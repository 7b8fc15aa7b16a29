/**
 * libp2p's circuit relay, for what two nodes must say to each other before they meet directly.
 * in: nothing. out: a relay's service, and the transport of those who are reached through one.
 *
 * A relayed connection carries a HELLO and the talk of hole punching, never blocks.
 */

import type { Transport } from '@libp2p/interface'
import {
  type CircuitRelayService, circuitRelayServer, type CircuitRelayServerComponents,
  circuitRelayTransport, type CircuitRelayTransportComponents
} from '@libp2p/circuit-relay-v2'
import {
  MAX_RELAY_RESERVATIONS, MAX_RELAYED_BYTES, MAX_RELAYED_MS, MAX_RELAYED_STREAMS
} from '../limits.ts'

/**
 * Slots of those who are gone are kept so long; others ask anew at two thirds of it. Higher: fewer
 * messages; lower: a relay is full of the dead for a shorter time.
 */
const RESERVATION_MS = 15 * 60_000

const HOP_TIMEOUT_MS = 10_000

export const relayServer = () => (components: CircuitRelayServerComponents): CircuitRelayService =>
  circuitRelayServer({
    hopTimeout: HOP_TIMEOUT_MS,
    maxInboundHopStreams: MAX_RELAYED_STREAMS,
    maxOutboundStopStreams: MAX_RELAYED_STREAMS,
    reservations: {
      maxReservations: MAX_RELAY_RESERVATIONS,
      reservationTtl: RESERVATION_MS,
      defaultDurationLimit: MAX_RELAYED_MS,
      defaultDataLimit: BigInt(MAX_RELAYED_BYTES)
    }
  })(components)

/** Listens on `/p2p-circuit` with any relay the node meets, and never goes out to find one. */
export const relayTransport = () => (components: CircuitRelayTransportComponents): Transport =>
  circuitRelayTransport({
    maxInboundStopStreams: MAX_RELAYED_STREAMS,
    maxOutboundStopStreams: MAX_RELAYED_STREAMS
  })(Object.create(components, {
    // While it has too few, libp2p's would walk the DHT and dial each stranger it hears of.
    randomWalk: { value: { async * walk () {} } },
    events: { value: withoutDiscovery(components.events) }
  }) as CircuitRelayTransportComponents)

function withoutDiscovery (
  events: CircuitRelayTransportComponents['events']
): CircuitRelayTransportComponents['events'] {
  const { addEventListener } = events
  return Object.assign(Object.create(events), {
    addEventListener: (...args: Parameters<typeof addEventListener>) => {
      if (args[0] !== 'peer:discovery') addEventListener.apply(events, args)
    },
    removeEventListener: events.removeEventListener.bind(events)
  })
}
