/**
 * A node that gossips and does nothing else: libp2p, our links, no blocks.
 * in: whom it is a neighbour of, with a round-trip time made up. out: what it heard, what it cost.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import {
  LinkGossip, LinkStateTable, OwnLinks, Reputation, RoutingTable
} from '../../daemon/routing/index.ts'
import type { Random } from '../../protocols/clock.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import { createHost, type Host } from '../../protocols/host.ts'
import { type ShortId, shortIdOf } from '../../protocols/rtt/index.ts'

export const NETWORK = 'bench'
export const REGION = 'region'
const TTL_MS = 3_600_000
/** Round-trip times of one region, and how much of one each measurement is off. */
const NEAREST_MS = 5
const FARTHEST_MS = 60
const NOISE = 0.2

export interface GossipNodeInit {
  random: Random
  role?: Role
  /** Without it: what libp2p alone costs. */
  isSilent?: boolean
}

export class GossipNode {
  readonly id: ShortId
  readonly host: Host
  readonly links: OwnLinks
  readonly table: LinkStateTable
  readonly reputation = new Reputation({ clock: Date.now })
  readonly routes: RoutingTable
  readonly gossip: LinkGossip | undefined
  readonly #random: Random
  readonly #neighbours = new Map<PeerId, number>()

  private constructor (host: Host, privateKey: PrivateKey, init: GossipNodeInit) {
    const { role = 'peer', random } = init
    const { peerId, services: { pubsub } } = host
    this.host = host
    this.id = shortIdOf(peerId)
    this.#random = random
    this.links = new OwnLinks({ self: peerId, clock: Date.now })
    this.table = new LinkStateTable({ clock: Date.now }, { ttlMs: TTL_MS })
    this.routes = new RoutingTable({ self: peerId, links: this.links, table: this.table })
    this.gossip = pubsub && new LinkGossip({
      pubsub,
      privateKey,
      peerId,
      links: this.links,
      table: this.table,
      reputation: this.reputation,
      coordinate: () => ({ x: 12, y: 34, heightMs: 1, error: 0.1 }),
      onTaken: () => {},
      clock: Date.now,
      random,
      log: defaultLogger().forComponent('bench')
    }, { network: NETWORK, region: REGION, role, relays: true })
  }

  static async open (init: GossipNodeInit): Promise<GossipNode> {
    const privateKey = await generateKeyPair('Ed25519')
    const host = await createHost({
      privateKey,
      network: NETWORK,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      dht: 'off',
      ...(init.isSilent !== true && { gossip: {} })
    })
    const node = new GossipNode(host, privateKey, init)
    node.gossip?.start()
    return node
  }

  /** Bytes and frames of gossip so far, both ways. */
  get traffic (): { bytes: number, frames: number } {
    const { receivedBytes = 0, sentBytes = 0, sentFrames = 0 } =
      this.host.services.pubsub?.traffic ?? {}
    return { bytes: receivedBytes + sentBytes, frames: sentFrames }
  }

  isNeighbourOf (other: GossipNode): boolean {
    return this.#neighbours.has(other.host.peerId)
  }

  /** From now on, over some round-trip time. */
  measures (peer: PeerId): number {
    const rttMs = NEAREST_MS + this.#random() * (FARTHEST_MS - NEAREST_MS)
    this.#neighbours.set(peer, rttMs)
    return rttMs
  }

  async meet (other: GossipNode): Promise<void> {
    other.#neighbours.set(this.host.peerId, this.measures(other.host.peerId))
    await this.host.dial(other.host.getMultiaddrs())
  }

  /** To be called every five seconds, as a node does. */
  async tick (): Promise<void> {
    for (const [peer, rttMs] of this.#neighbours) {
      this.links.observe(peer, rttMs * (1 + NOISE * (this.#random() - 0.5)))
    }
    await this.gossip?.tick()
  }

  async close (): Promise<void> {
    this.gossip?.stop()
    await this.host.stop()
  }
}
