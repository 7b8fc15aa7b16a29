/**
 * Whom the DHT keeps in its routing table.
 * in: a peer it would add, connected or only heard of. out: yes or no, in place of a ping; the few
 * that are wanted and not yet connected are dialled.
 *
 * libp2p's DHT pings, and so dials, whoever is named in any answer: soon every node is connected to
 * every other. Kademlia needs but a few peers at each distance.
 */

import { hash } from 'node:crypto'
import type { DialProtocolOptions, PeerId } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Clock } from './clock.ts'
import { NeighbourLimitError } from './errors.ts'

type Connections = KadDHTComponents['connectionManager']

export interface DhtContactsComponents {
  peerId: PeerId
  connectionManager: Pick<Connections, 'getConnections' | 'openConnection'>
  /** libp2p's. */
  ping: { ping (peer: PeerId, options: DialProtocolOptions): Promise<number> }
  clock: Clock
}

export interface DhtContactsInit {
  /** {@link DEFAULT_CONTACTS_PER_DISTANCE} */
  perDistance?: number
}

/**
 * Dialled for each number of leading bits shared with us; others come by dialling us, and by our
 * queries. Higher: lookups of large networks need fewer steps; lower: fewer connections.
 */
export const DEFAULT_CONTACTS_PER_DISTANCE = 2

/** Who connected so short a time ago is there. */
const FRESH_MS = 60_000

export class DhtContacts {
  readonly #components: DhtContactsComponents
  readonly #perDistance: number
  readonly #ownKey: Uint8Array
  /** Those let in and, as of the last look, connected. */
  readonly #contacts = new Map<string, { peer: PeerId, sharedBits: number }>()

  constructor (components: DhtContactsComponents, init: DhtContactsInit = {}) {
    this.#components = components
    this.#perDistance = init.perDistance ?? DEFAULT_CONTACTS_PER_DISTANCE
    this.#ownKey = keyOf(components.peerId)
  }

  /**
   * Resolves with a round trip, 0 where none was made, when the peer is there and wanted.
   *
   * @throws NeighbourLimitError when there are enough like it; else what keeps it from answering
   */
  async ping (peer: PeerId, options: DialProtocolOptions = {}): Promise<number> {
    const { peerId, connectionManager, ping, clock } = this.#components
    // Others name us in their answers.
    if (peer.equals(peerId)) throw new NeighbourLimitError('this is ourselves')
    const connections = connectionManager.getConnections(peer)
    const isFresh = connections.some(({ timeline }) => clock() - timeline.open < FRESH_MS)
    if (connections.length === 0) {
      this.#refuseSurplus(peer)
      await connectionManager.openConnection(peer, options)
    }
    const rttMs = connections.length === 0 || isFresh ? 0 : await ping.ping(peer, options)
    this.#prune()
    this.#contacts.set(peer.toString(), { peer, sharedBits: this.#bitsSharedWith(peer) })
    return rttMs
  }

  #refuseSurplus (peer: PeerId): void {
    this.#prune()
    const bits = this.#bitsSharedWith(peer)
    const alike = [...this.#contacts.values()].filter(({ sharedBits }) => sharedBits === bits)
    if (alike.length >= this.#perDistance) {
      throw new NeighbourLimitError(`${alike.length} contacts share ${bits} bits with us`)
    }
  }

  /** Keeps the map as small as the number of connections. */
  #prune (): void {
    for (const [key, { peer }] of this.#contacts) {
      if (this.#components.connectionManager.getConnections(peer).length === 0) {
        this.#contacts.delete(key)
      }
    }
  }

  #bitsSharedWith (peer: PeerId): number {
    const key = keyOf(peer)
    const at = key.findIndex((byte, i) => byte !== this.#ownKey[i])
    return at < 0 ? key.length * 8 : at * 8 + Math.clz32(key[at]! ^ this.#ownKey[at]!) - 24
  }
}

/** Where a peer stands in the DHT. */
const keyOf = (peer: PeerId): Uint8Array => hash('sha256', peer.toMultihash().bytes, 'buffer')
