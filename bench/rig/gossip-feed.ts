/**
 * Thousands of nodes, as one node sees them: a few hosts that tell it their signed records.
 * in: the node, how many others there are, whether they keep to the pace. out: what was told.
 *
 * Only who tells where the node can hear is made: the nodes of its cell, and the servers.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { MAX_CELL_NODES } from '../../daemon/routing/gossip-cell.ts'
import { periodMs } from '../../daemon/routing/gossip-pace.ts'
import { DEFAULT_BUDGET_BYTES_PER_SECOND } from '../../daemon/routing/index.ts'
import type { Random } from '../../protocols/clock.ts'
import { createHost, type Host } from '../../protocols/host.ts'
import { MAX_LINKS } from '../../protocols/limits.ts'
import {
  backboneTopic, cellOf, type LinkState, sealLinkState, type ShortId, shortIdOf, topicOf
} from '../../protocols/rtt/index.ts'
import { NETWORK, REGION } from './gossip-node.ts'

export interface FeedInit {
  /** Where the node is dialled, with /p2p/. */
  address: string
  /** Its short ID. */
  id: ShortId
  nodes: number
  /** false: nobody knows of cells or budgets, all tell in one topic once a minute. */
  keepsPace: boolean
  random: Random
}

interface Teller { key: PrivateKey, id: ShortId, role: LinkState['role'], topic: string }

const HOSTS = 6
/** Of all nodes. */
const SERVERS = 0.01
const RECORD_BYTES = 400
/** Of the budget; what is left is the backbone's. */
const CELL_SHARE = 0.75
const NO_PACE_MS = 60_000
const FARTHEST_MS = 60

export class GossipFeed {
  readonly bits: number
  #told = 0
  readonly #hosts: Host[]
  readonly #tellers: Teller[]
  readonly #init: FeedInit
  readonly #telling: Promise<unknown>
  #isOver = false

  private constructor (hosts: Host[], tellers: Teller[], bits: number, init: FeedInit) {
    this.bits = bits
    this.#hosts = hosts
    this.#tellers = tellers
    this.#init = init
    this.#telling = Promise.all(tellers.map((_, at) => this.#tell(at)))
  }

  /** Records so far. */
  get told (): number { return this.#told }
  /** Nodes that tell where the node hears them. */
  get tellers (): number { return this.#tellers.length }

  static async open (init: FeedInit): Promise<GossipFeed> {
    const keys = await Promise.all(Array.from({ length: init.nodes }, () =>
      generateKeyPair('Ed25519')))
    const all = keys.map(key => ({ key, id: shortIdOf(peerIdFromPrivateKey(key)) }))
    const servers = all.splice(0, Math.round(init.nodes * SERVERS))
    const bits = init.keepsPace ? bitsFor(all.map(({ id }) => id), init.id) : 0
    const cell = cellOf(init.id, bits)
    const topic = topicOf(NETWORK, REGION, cell)
    const hosts = await hostsFor([topic, backboneTopic(NETWORK)], multiaddr(init.address))
    return new GossipFeed(hosts, [
      ...all.filter(({ id }) => cellOf(id, bits) === cell)
        .map(one => ({ ...one, role: 'peer' as const, topic })),
      ...servers.map(one => ({ ...one, role: 'edge' as const, topic: backboneTopic(NETWORK) }))
    ], bits, init)
  }

  async close (): Promise<void> {
    this.#isOver = true
    await this.#telling
    await Promise.all(this.#hosts.map(host => host.stop()))
  }

  async #tell (at: number): Promise<void> {
    const { random } = this.#init
    const { key, role, topic } = this.#tellers[at]!
    const everyMs = this.#periodOf(role)
    // Spread, as those are who have run for long.
    let waitMs = random() * everyMs
    while (await this.#isOn(waitMs)) {
      const record = await sealLinkState({
        network: NETWORK, region: REGION, role, seq: Date.now(), issuedAtMs: Date.now(),
        links: this.#linksOf(at), relays: true,
        coordinate: { x: 12, y: 34, heightMs: 1, error: 0.1 }
      }, key)
      await this.#hosts[at % HOSTS]!.services.pubsub!.publish(topic, record)
      this.#told++
      waitMs = everyMs * (0.9 + random() / 5)
    }
  }

  /** False when it is over before so long. */
  async #isOn (ms: number): Promise<boolean> {
    for (const endMs = Date.now() + ms; Date.now() < endMs;) {
      if (this.#isOver) return false
      await sleep(Math.max(0, Math.min(1000, endMs - Date.now())))
    }
    return !this.#isOver
  }

  #periodOf (role: LinkState['role']): number {
    if (!this.#init.keepsPace) return NO_PACE_MS
    const share = role === 'peer' ? CELL_SHARE : 1 - CELL_SHARE
    return periodMs({
      records: this.#tellers.filter(other => other.role === role).length,
      recordBytes: RECORD_BYTES,
      bytesPerSecond: share * DEFAULT_BUDGET_BYTES_PER_SECOND
    })
  }

  /** Both ends tell of each. */
  #linksOf (at: number): LinkState['links'] {
    return Array.from({ length: MAX_LINKS }, (_, number) => {
      const step = number < MAX_LINKS / 2 ? number + 1 : MAX_LINKS / 2 - 1 - number
      const other = this.#tellers.at((at + step) % this.#tellers.length)!
      return { peer: other.id, rttMs: 5 + this.#init.random() * FARTHEST_MS }
    })
  }
}

/** As a region splits: no cell that the node could be in has too many. */
function bitsFor (ids: ShortId[], own: ShortId): number {
  let bits = 0
  while (ids.filter(id => cellOf(id, bits) === cellOf(own, bits)).length >= MAX_CELL_NODES) bits++
  return bits
}

async function hostsFor (topics: string[], target: Multiaddr): Promise<Host[]> {
  const hosts: Host[] = []
  for (let number = 0; number < HOSTS; number++) {
    const host = await createHost({
      privateKey: await generateKeyPair('Ed25519'),
      network: NETWORK,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      dht: 'off',
      gossip: {}
    })
    for (const topic of topics) host.services.pubsub!.join(topic, () => 'accept')
    for (const other of hosts) await host.dial(other.getMultiaddrs())
    await host.dial(target)
    hosts.push(host)
  }
  return hosts
}
