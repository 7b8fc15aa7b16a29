/**
 * Hole punching: two nodes behind NATs, connected through a relay, dial each other at the same
 * moment, so that each NAT takes the other's SYN for an answer (libp2p's DCUtR).
 * in: the port we punch from. out: a libp2p service.
 *
 * The protocol and its timing are libp2p's. It does not know where TCP is seen from outside, dials
 * from any port, and forgets on the way to the dialler that one of both must answer: these three
 * are done here. Of a peer that is not behind NAT it needs none of them, and dials back.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, PeerId, Startable } from '@libp2p/interface'
import { type DCUtRServiceComponents, dcutr } from '@libp2p/dcutr'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PunchPort } from './punch-port.ts'
import { dialledFrom } from './punching-tcp.ts'

type Components = DCUtRServiceComponents & { peerId: PeerId }

/** Of libp2p's `openConnection`, as DCUtR uses it. */
interface DialOptions {
  signal: AbortSignal
  /** Only where both dial. */
  priority?: number
  /** false for the end that answers. */
  initiator?: boolean
}

/** One try of three. */
const ATTEMPT_MS = 5_000
/** A NAT may refuse a SYN that comes before its own side has sent one. */
const RETRY_MS = 200

export const holePunching = (port: PunchPort) => (components: Components): Startable => {
  const { connectionManager, addressManager } = components
  const own = Object.create(components, {
    addressManager: {
      value: {
        getAddresses: () => {
          const outer = port.outer(components.peerId)
          return outer == null ? addressManager.getAddresses() : [outer]
        }
      }
    },
    connectionManager: {
      value: {
        openConnection: async (addresses: Multiaddr[], options: DialOptions) =>
          options.priority == null
            ? await connectionManager.openConnection(addresses, options)
            : await punch(components, port, addresses, options)
      }
    }
  }) as Components
  return dcutr({ timeout: ATTEMPT_MS })(own) as Startable
}

/** Rejects when none of the addresses answers until the signal aborts. */
async function punch (
  components: Components, port: PunchPort, addresses: Multiaddr[], options: DialOptions
): Promise<Connection> {
  const targets = addresses.filter(isTcp)
  const connections = (address: Multiaddr): Connection[] => {
    const peer = peerOf(address)
    return peer == null ? [] : components.connectionManager.getConnections(peer)
  }
  return await Promise.any(targets.map(async address => {
    for (;;) {
      // They may have found another way meanwhile, such as their LAN.
      const direct = connections(address).find(isDirect)
      if (direct != null) return direct
      try {
        return await components.transportManager.dial(address, { ...options, ...dialledFrom(port) })
      } catch (err) {
        if (options.signal.aborted) throw err
        await sleep(RETRY_MS, undefined, { signal: options.signal })
      }
    }
  }))
}

const isDirect = ({ limits, status }: Connection): boolean => limits == null && status === 'open'

function peerOf (address: Multiaddr): PeerId | undefined {
  const { name, value } = address.getComponents().at(-1) ?? {}
  return name === 'p2p' && value != null ? peerIdFromString(value) : undefined
}

function isTcp (address: Multiaddr): boolean {
  const names = address.getComponents().map(({ name }) => name).filter(name => name !== 'p2p')
  return /^ip[46]\/tcp$/.test(names.join('/'))
}
