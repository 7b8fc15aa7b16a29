/**
 * How a node knows how far others are, and the way to them.
 * in: the node's base, its neighbours. out: routes; a part that measures and gossips.
 */

import { systemTimer } from '../protocols/clock.ts'
import type { Neighbour } from '../protocols/exchange/index.ts'
import type { PubSubInit } from '../protocols/pubsub.ts'
import type { Coordinate } from '../protocols/rtt/index.ts'
import type { Config } from './config.ts'
import type { Part } from './lifetime.ts'
import type { NodeBase } from './node.ts'
import { Rounds } from './rounds.ts'
import {
  type Dropped, LinkGossip, LinkStateTable, MAX_ERROR, OwnLinks, Reputation, RoutingTable, Surveyor
} from './routing/index.ts'

export interface Routing {
  routes: RoutingTable
  /** Where we are by network coordinates, sure of it or not: for neighbours. */
  coordinate: () => Coordinate
  /** The same for others, once we know. */
  place: () => Coordinate | undefined
  part: Part
  status: () => RoutingStatus
}

export interface RoutingStatus {
  /** Link-state records held, and the memory they take. */
  records: number
  bytes: number
  /** Our own links, as they are measured. */
  links: number
  /** Peers not listened to now. */
  shunned: number
  /** Of gossip since the start. */
  told: number
  taken: number
  dropped: ReadonlyMap<Dropped, number>
  traffic: { receivedBytes: number, sentBytes: number, sentFrames: number }
}

/** As often as neighbours are PINGed. */
const LOOK_MS = 5_000
/** Gossip keeps records as long as their makers' pace asks for; the table itself for longer. */
const RECORD_TTL_MS = 60 * 60_000

const ambient = { clock: Date.now, random: Math.random }
const SILENT = { receivedBytes: 0, sentBytes: 0, sentFrames: 0 }

/** For the host; undefined where nothing is to be gossiped. */
export function gossipOf (
  { role, bootstrap, dht, routing }: Pick<Config, 'role' | 'bootstrap' | 'dht' | 'routing'>
): PubSubInit | undefined {
  if (!routing.gossip) return undefined
  return {
    // Nodes that have a DHT know others by it: each one named costs both a handshake.
    namesOthers: role === 'bootstrap' && !dht.enabled,
    trusted: bootstrap.map(address => address.slice(address.lastIndexOf('/') + 1))
  }
}

export function routingParts (
  base: NodeBase, neighbours: () => Iterable<Neighbour>
): Routing {
  const { config, host: { peerId, services }, log } = base
  const links = new OwnLinks({ self: peerId, ...ambient })
  const table = new LinkStateTable({
    keeps: node => links.of(node) != null, ...ambient
  }, { ttlMs: RECORD_TTL_MS })
  const reputation = new Reputation(ambient)
  const surveyor = new Surveyor({ self: peerId, neighbours, links, table, reputation, ...ambient })
  const coordinate = (): Coordinate => surveyor.place
  const routes = new RoutingTable({ self: peerId, links, table, coordinate }, {
    by: config.routing.metric
  })
  const gossip = services.pubsub && gossipFrom(base, { links, table, reputation, surveyor })
  const rounds = new Rounds({ timer: systemTimer, log: log('routing') }, {
    pauseMs: () => LOOK_MS * (0.95 + Math.random() / 10), failure: 'cannot gossip yet'
  }, async () => {
    surveyor.look()
    await gossip?.tick()
  })
  return {
    routes,
    coordinate,
    place: () => surveyor.place.error < MAX_ERROR ? surveyor.place : undefined,
    part: {
      start: () => {
        gossip?.start()
        rounds.start()
      },
      stop: async () => {
        await rounds.stop()
        gossip?.stop()
      }
    },
    status: () => ({
      records: table.size,
      bytes: table.bytes,
      links: links.all().length,
      shunned: reputation.shunned,
      ...gossip?.counts ?? { told: 0, taken: 0, dropped: new Map() },
      traffic: services.pubsub?.traffic ?? SILENT
    })
  }
}

interface Knowledge {
  links: OwnLinks
  table: LinkStateTable
  reputation: Reputation
  surveyor: Surveyor
}

function gossipFrom (
  { config, privateKey, host, log }: NodeBase, { surveyor, ...known }: Knowledge
): LinkGossip {
  const { network, region, role, relay, routing } = config
  return new LinkGossip({
    ...known,
    ...ambient,
    pubsub: host.services.pubsub!,
    privateKey,
    peerId: host.peerId,
    coordinate: () => surveyor.place,
    onTaken: state => { surveyor.hold(state) },
    log: log('gossip')
  }, {
    network, region, role, relays: relay.enabled, bytesPerSecond: routing.budgetBytesPerSecond
  })
}
