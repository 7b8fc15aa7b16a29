/**
 * The Kademlia DHT of a network, as cheap as a few thousand nodes allow.
 * in: the network's name, a mode. out: a libp2p service.
 *
 * What each setting costs and what was measured: docs/decisions/dht.md
 */

import { randomBytes } from 'node:crypto'
import { isPeerId, KEEP_ALIVE, type PeerStore, type TagOptions } from '@libp2p/interface'
import {
  type KadDHT, type KadDHTComponents, kadDHT, passthroughMapper, removePrivateAddressesMapper
} from '@libp2p/kad-dht'
import type { Random } from './clock.ts'
import { DhtContacts } from './dht-contacts.ts'
import { NeighbourLimitError } from './errors.ts'

export interface DhtInit {
  /** Two networks never merge: the name stands in the protocol. */
  network: string
  /** 'server' where others can reach the node, 'client' behind NAT. */
  mode: 'server' | 'client'
  /** Keeps loopback and LAN addresses: for networks that do not span the internet. */
  isPrivate?: boolean
  /** {@link DEFAULT_BUCKET_SIZE} */
  bucketSize?: number
  random?: Random
}

/**
 * Peers that keep a record and are asked for it. Higher: records outlive churn; lower: fewer dials
 * and messages, in its square. They are told again within the hour, so that few do.
 */
export const DEFAULT_BUCKET_SIZE = 8

/** Requests of a lookup under way. Higher: dead peers delay it less; lower: fewer asked in vain. */
const PARALLEL_REQUESTS = 4
/** The least a peer has to answer; one that is slow by habit gets more. */
const MIN_REQUEST_TIMEOUT_MS = 1_000
/** Dials of peers only heard of. */
const PARALLEL_CHECKS = 2
/**
 * Some time from the first to the second of these a node looks around for the first time. Before
 * that it knows its bootstrap, if that is up, and has done its own starting; together, a network
 * that starts would shake hands where it should start. Lookups need no such query before them: the
 * bootstrap is asked. Higher: a network that starts together is up sooner; lower: it is less
 * dependent on its bootstraps sooner.
 */
const FIRST_SELF_QUERY_MS = [30_000, 75_000] as const
/**
 * Finds new neighbours, and the first ones where the bootstrap came late. Higher: an idle node
 * sleeps longer; lower: a network that was cut finds together sooner.
 */
const SELF_QUERY_MS = 480_000
/**
 * After each of those, so many random places are asked about: neighbours alone know each other
 * only, and a network would fall in two where its bootstrap goes.
 */
const FAR_LOOKS = 3
/** Answers that end such a look: its purpose is to hear of peers, not to reach the closest. */
const FAR_ANSWERS = 3
const FAR_LOOK_TIMEOUT_MS = 5_000
/** The ledger tells all again within the hour: whoever missed three times is gone. */
const RECORD_VALIDITY_MS = 3 * 3_600_000
const RECORD_CLEANUP_MS = 1_800_000

type Connections = KadDHTComponents['connectionManager']

export const dhtProtocol = (network: string): string => `/cdnd/${network}/kad/1.0.0`

export function dht (init: DhtInit): (components: KadDHTComponents) => KadDHT {
  const { random = Math.random } = init
  const [soonestMs, latestMs] = FIRST_SELF_QUERY_MS
  // Nodes started together must not all look around together.
  const around = (ms: number): number => ms * (0.75 + random() / 2)
  const make = kadDHT({
    protocol: dhtProtocol(init.network),
    // Stated either way: left out, the DHT turns server only for public addresses.
    clientMode: init.mode === 'client',
    peerInfoMapper: init.isPrivate === true ? passthroughMapper : removePrivateAddressesMapper,
    // A lone node's query would otherwise hang until its signal aborts.
    allowQueryWithZeroPeers: true,
    kBucketSize: init.bucketSize ?? DEFAULT_BUCKET_SIZE,
    alpha: PARALLEL_REQUESTS,
    // Each path asks k peers of its own.
    disjointPaths: 1,
    networkDialTimeout: { minTimeout: MIN_REQUEST_TIMEOUT_MS },
    pingNewContactConcurrency: PARALLEL_CHECKS,
    initialQuerySelfInterval: soonestMs + (latestMs - soonestMs) * random(),
    querySelfInterval: around(SELF_QUERY_MS),
    // Records of our own are the ledger's to renew.
    reprovide: { validity: RECORD_VALIDITY_MS, threshold: 0, interval: RECORD_CLEANUP_MS }
  })
  return components => {
    const made = make(checkingContacts(components))
    // Of kad-dht's own, which libp2p's types do not know.
    components.events.addEventListener('kad-dht:query:self' as 'start', () => {
      void lookAround(made)
    })
    return made
  }
}

/** As kad-dht marks its own query for itself, down to the opening of streams. */
const LOOKING = { isSelfQuery: true }

/**
 * Asks about random places. Whoever is named is then taken up as a contact, and dialled, or not.
 * Ends after {@link FAR_LOOK_TIMEOUT_MS} for each of {@link FAR_LOOKS}. Never rejects.
 */
export async function lookAround (
  made: Pick<KadDHT, 'getClosestPeers'>, options: { signal?: AbortSignal } = {}
): Promise<void> {
  for (let look = 0; look < FAR_LOOKS && options.signal?.aborted !== true; look++) {
    const timeout = AbortSignal.timeout(FAR_LOOK_TIMEOUT_MS)
    const signal = options.signal == null ? timeout : AbortSignal.any([timeout, options.signal])
    let answers = 0
    try {
      for await (const { name } of made.getClosestPeers(randomBytes(32), { ...LOOKING, signal })) {
        if (name === 'PEER_RESPONSE' && ++answers === FAR_ANSWERS) break
      }
    } catch {
      // Nobody to ask, or stopped: the next self-query comes.
    }
  }
}

function checkingContacts (components: KadDHTComponents): KadDHTComponents {
  const contacts = new DhtContacts({
    peerId: components.peerId,
    connectionManager: components.connectionManager,
    ping: components.ping,
    clock: Date.now
  })
  const connectionManager = dialSparing(components.connectionManager)
  const peerStore = keepingNobody(components.peerStore)
  // libp2p's components are a proxy, of which a copy would be empty.
  return Object.create(components, {
    ping: { value: contacts },
    connectionManager: { value: connectionManager },
    peerStore: { value: peerStore }
  }) as KadDHTComponents
}

/**
 * kad-dht has libp2p dial the closest again whenever a connection to them ends, at once and up to
 * six times: also those who ended it because they had no use for it, and will again. Here whoever
 * is asked is dialled then, if need be.
 */
function keepingNobody (store: PeerStore): PeerStore {
  const merge: PeerStore['merge'] = async (peer, { tags = {}, ...data }, options) => {
    const all: Array<[string, TagOptions | undefined]> =
      tags instanceof Map ? [...tags] : Object.entries(tags)
    const kept = Object.fromEntries(all.filter(([tag]) => !tag.startsWith(KEEP_ALIVE)))
    return await store.merge(peer, { ...data, tags: kept }, options)
  }
  return new Proxy(store, {
    get: (_, name) => {
      const value: unknown = name === 'merge' ? merge : Reflect.get(store, name)
      // Its private fields are not the proxy's.
      return typeof value === 'function' ? value.bind(store) : value
    }
  })
}

/**
 * Who looks around asks only those it is connected to: they name others, of whom
 * {@link DhtContacts} dials the few that are wanted. Asking the closest themselves would connect us
 * to them all.
 */
function dialSparing (manager: Connections): Connections {
  const openStream: Connections['openStream'] = async (peer, protocol, options) => {
    const isLook = (options as Partial<typeof LOOKING> | undefined)?.isSelfQuery === true
    if (isLook && isPeerId(peer) && manager.getConnections(peer).length === 0) {
      throw new NeighbourLimitError('looking around, we ask only whom we are connected to')
    }
    return await manager.openStream(peer, protocol, options)
  }
  return Object.create(manager, { openStream: { value: openStream } }) as Connections
}
