/**
 * Dials a peer that dials us at the same moment.
 * in: where its NAT's outer side is thought to be. out: a connection, over TCP's simultaneous open.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PunchPort } from './punch-port.ts'
import { dialledFrom } from './punching-tcp.ts'

export interface PunchComponents {
  connectionManager: { getConnections (peer: PeerId): Connection[] }
  transportManager: {
    dial (address: Multiaddr, options: PunchOptions & Record<string, unknown>): Promise<Connection>
  }
}

export interface PunchOptions {
  signal: AbortSignal
  /** false for the end that answers. */
  initiator?: boolean
}

/** IPv4 and IPv6. More would be somebody who has us knock at strangers' doors. */
const MAX_TARGETS = 2
/** A NAT may refuse a SYN that comes before its own side has sent one. */
const RETRY_MS = 200

/** Rejects when none of the addresses answers until the signal aborts. */
export async function punch (
  components: PunchComponents, port: PunchPort, addresses: Multiaddr[], options: PunchOptions
): Promise<Connection> {
  const targets = addresses.flatMap(address => {
    const peer = peerAt(address)
    return peer == null ? [] : [{ address, peer }]
  })
  return await Promise.any(targets.slice(0, MAX_TARGETS).map(async ({ address, peer }) => {
    for (;;) {
      // They may have found another way meanwhile, such as their LAN.
      const direct = components.connectionManager.getConnections(peer).find(isDirect)
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

/** Of an address of plain TCP that names who must be there. */
function peerAt (address: Multiaddr): PeerId | undefined {
  const parts = address.getComponents()
  const isTcp = /^ip[46]\/tcp\/p2p$/.test(parts.map(({ name }) => name).join('/'))
  const id = parts.at(-1)?.value
  return isTcp && id != null ? peerIdFromString(id) : undefined
}
