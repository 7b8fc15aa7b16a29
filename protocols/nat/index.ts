/**
 * How nodes meet that cannot dial each other. For Node only.
 * in: whether a node relays, or may be behind NAT. out: what its libp2p host needs for that.
 *
 * A node behind NAT takes a slot at relays (bootstraps and edges) and is told of with their
 * addresses. Whoever dials one of these gets a connection with limits, for a first word; then both
 * dial each other through their NATs, and go on over the connection they get.
 */

import type { ComponentLogger, Transport } from '@libp2p/interface'
import type { TCPComponents } from '@libp2p/tcp'
import { tcp } from '../tcp.ts'
import { relayServer, relayTransport } from './circuit-relay.ts'
import { holePunching } from './hole-punching.ts'
import { ownAddresses } from './own-addresses.ts'
import { PunchPort } from './punch-port.ts'
import { punchingTcp } from './punching-tcp.ts'
import {
  Reachability, type ReachabilityComponents, type ReachMode
} from './reachability.ts'

export type { Reach, ReachMode } from './reachability.ts'
export { dialOrder, isRelayed, relayOf, toldAddresses } from './told-addresses.ts'

export type NatInit =
  | { kind: 'relay' }
  /** `anchors`: multiaddrs of bootstraps, which tell where our own port is seen. */
  | { kind: 'client', mode: ReachMode, anchors: readonly string[] }

export type NatServices = {
  /** Of a client. */
  reachability?: Reachability
}

type ServiceComponents = Omit<ReachabilityComponents, 'log'> & { logger: ComponentLogger }

interface NatParts {
  tcp: (components: TCPComponents) => Transport
  transports: Array<ReturnType<typeof relayTransport>>
  services: object
}

/** What a host is made with. */
export function natParts (init: NatInit | undefined): NatParts {
  const always = { ownAddresses: ownAddresses() }
  if (init == null) return { tcp: tcp(), transports: [], services: always }
  if (init.kind === 'relay') {
    return { tcp: tcp(), transports: [], services: { ...always, relay: relayServer() } }
  }
  const port = new PunchPort(init)
  return {
    tcp: punchingTcp(port),
    transports: [relayTransport()],
    services: {
      ...always,
      holePunching: holePunching(port),
      reachability: ({ events, transportManager, logger }: ServiceComponents) => new Reachability({
        events, transportManager, log: logger.forComponent('cdnd:reach')
      }, { mode: init.mode, port })
    }
  }
}
