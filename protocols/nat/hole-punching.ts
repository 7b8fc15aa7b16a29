/**
 * Hole punching: two nodes behind NATs, connected through a relay, dial each other at the same
 * moment, so that each NAT takes the other's SYN for an answer (libp2p's DCUtR).
 * in: the port we punch from. out: a libp2p service.
 *
 * The protocol and its timing are libp2p's. It does not know where TCP is seen from outside, dials
 * from any port, and forgets on the way to the dialler that one of both must answer: these three
 * are done here. Of a peer that is not behind NAT it needs none of them, and dials back.
 */

import type { PeerId, Startable } from '@libp2p/interface'
import { type DCUtRServiceComponents, dcutr } from '@libp2p/dcutr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type PunchOptions, punch } from './punch.ts'
import type { PunchPort } from './punch-port.ts'

type Components = DCUtRServiceComponents & { peerId: PeerId }

/** Of libp2p's `openConnection`, as DCUtR uses it. */
interface DialOptions extends PunchOptions {
  /** Only where both dial. */
  priority?: number
}

/** One try of three. */
const ATTEMPT_MS = 5_000

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
