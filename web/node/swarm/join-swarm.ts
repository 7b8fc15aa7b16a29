/**
 * A page in a swarm: loaded when it joins one, and not before.
 * in: what bootstraps tell, what the page holds. out: neighbours to ask and to serve, further
 * servers. The parts are the daemon's, put together as `daemon/delivery.ts` does.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ComponentLogger } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { Announcer } from '../../../daemon/announcer.ts'
import { BootstrapDialer } from '../../../daemon/bootstrap-dialer.ts'
import { TrackedHttpSources } from '../../../daemon/discovery/http-sources.ts'
import { InventorySource } from '../../../daemon/discovery/inventory-source.ts'
import { mergeSources } from '../../../daemon/discovery/merge.ts'
import { TrackerRegistry } from '../../../daemon/discovery/tracker-registry.ts'
import { TrackerSource } from '../../../daemon/discovery/tracker-source.ts'
import { OwnRecord } from '../../../daemon/own-record.ts'
import type { Holdings } from '../../../daemon/retrieval/holdings.ts'
import { ownReport } from '../../../daemon/retrieval/own-report.ts'
import { PeerBroker } from '../../../daemon/retrieval/peer-broker.ts'
import type { PlaybackCounts } from '../../../daemon/retrieval/playback-counts.ts'
import { PeerScores } from '../../../daemon/routing/peer-scores.ts'
import type { PenaltyBook } from '../../../daemon/routing/penalty.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import { UpstreamError } from '../../../protocols/errors.ts'
import {
  exchange as createExchange, type Exchange, Ledger, type ServingLimits
} from '../../../protocols/exchange/index.ts'
import { TrackerClient } from '../../../protocols/tracker/client.ts'
import { libp2pTransport } from '../../../protocols/tracker/libp2p-transport.ts'
import type { JoinAnswer } from '../ask-bootstrap.ts'
import { pageFetch } from '../page-fetch.ts'
import type { PageTraffic } from '../page-traffic.ts'
import type { NeighbourView } from '../types.ts'
import { type BrowserHost, createBrowserHost } from './browser-host.ts'
import { Farewell } from './farewell.ts'
import { FindAgain } from './find-again.ts'
import { livelyAsk } from './lively-ask.ts'
import { MeetDirectly } from './meet-directly.ts'
import { neighbourViews } from './neighbour-views.ts'
import { registered } from './registered.ts'

export interface SwarmParts {
  holdings: Holdings
  penalties: PenaltyBook
  limits: ServingLimits
  /** What has come and gone since the page was opened. */
  traffic: PageTraffic
  playback: PlaybackCounts
  logger: ComponentLogger
  /** The neighbours are others than they were. */
  onNeighbours: () => void
}

export interface SwarmInit {
  /** By the URL of each bootstrap that answered; of one network. */
  answers: ReadonlyMap<string, JoinAnswer>
  region: string
  maxPeers: number
  iceServers: RTCIceServer[]
  isRelayOnly: boolean
  /** True: bootstraps are told how playing goes. */
  isReporting: boolean
  /** This visit's number, by chance. */
  page: string
}

export interface PageSwarm {
  readonly peers: PeerBroker
  readonly sources: TrackedHttpSources
  neighbours (): NeighbourView[]
  /** Says farewell, within a second or so. */
  stop (): Promise<void>
}

/** Offers and answers over a relay, and ICE, take some round trips before a page is met. */
const SETTLE_MS = 6_000
/** For each that we ask, one may come to us by itself. */
const NEIGHBOURS_A_PEER = 2
/** Beside neighbours: bootstraps, and who is being met. */
const MORE_CONNECTIONS = 8

const ambient = { clock: Date.now, timer: systemTimer, random: Math.random }

type Part = { start?: () => unknown, stop?: () => unknown }

/** @throws UpstreamError when no bootstrap can be reached, or the signal's reason */
export async function joinSwarm (
  parts: SwarmParts, init: SwarmInit, { signal }: { signal: AbortSignal }
): Promise<PageSwarm> {
  const { made, host, inOrder } = await partsOf(parts, init)
  const stop = async (): Promise<void> => {
    for (const part of inOrder.toReversed()) await part.stop?.()
  }
  try {
    for (const part of inOrder) {
      signal.throwIfAborted()
      await part.start?.()
    }
    return { ...made, neighbours: () => neighbourViews(made.exchange, host), stop }
  } catch (err) {
    await stop()
    throw err
  }
}

interface Made { peers: PeerBroker, sources: TrackedHttpSources, exchange: Exchange }

async function partsOf (
  parts: SwarmParts, init: SwarmInit
): Promise<{ made: Made, host: BrowserHost, inOrder: Part[] }> {
  const { holdings, penalties, limits, logger } = parts
  const { answers, region, maxPeers } = init
  const log = (name: string) => logger.forComponent(`cdnd:${name}`)
  const privateKey = await generateKeyPair('Ed25519')
  const peerId = peerIdFromPrivateKey(privateKey)
  const [network] = Array.from(answers.values(), answer => answer.network)
  if (network == null) throw new UpstreamError('no bootstrap told how to join')
  const addresses = [...answers.values()].flatMap(answer => answer.addresses)
  const host = await createBrowserHost({
    ...init,
    privateKey,
    bootstraps: new Set(addresses.flatMap(address => /\/p2p\/([^/]+)$/.exec(address)?.[1] ?? [])),
    maxConnections: NEIGHBOURS_A_PEER * maxPeers + MORE_CONNECTIONS,
    logger
  })
  const dialer = new BootstrapDialer({ host, log: log('bootstrap'), ...ambient }, addresses)
  const record: OwnRecord = new OwnRecord({
    privateKey,
    host,
    servers: () => sources.list(),
    neighbours: () => exchange.neighbours(),
    publicUrl: () => undefined,
    ...(init.isReporting && { report: ownReport({ ...parts, clock: Date.now }) }),
    timer: systemTimer,
    log: log('record')
  }, { network, role: 'peer', region, endorsement: undefined })
  const trackers = Array.from(dialer.targets, ([peer, target]) => new TrackerClient({
    ask: livelyAsk(libp2pTransport(host, target), () => { hangUp(host, peer) }),
    signer: record.signer
  }, { network, region }))
  const sources = new TrackedHttpSources(
    { trackers, peerId, fetch: pageFetch, log: log('sources') }, { network, region })
  const ledger = new Ledger({ clock: Date.now })
  const exchange = createExchange({
    network,
    role: 'peer',
    region,
    record: () => record.envelope,
    maxNeighbours: NEIGHBOURS_A_PEER * maxPeers
  })({ host, inventory: holdings, limits, ledger, logger })
  parts.traffic.follow(exchange)
  const peers = new PeerBroker({
    exchange,
    peerId,
    region,
    providers: mergeSources([
      new InventorySource({ exchange }),
      new TrackerSource({ trackers, peerId, log: log('tracker') })
    ]),
    penalties,
    scores: new PeerScores({ ledger }),
    log: log('swarm'),
    ...ambient
  }, { maxHolders: maxPeers, settleMs: SETTLE_MS })
  const registries = trackers.map(tracker => new TrackerRegistry(tracker))
  const announcer = new Announcer(
    { holdings, registries, log: log('announcer') }, { isNewborn: true })
  const farewell = new Farewell({
    privateKey,
    describe: () => ({ network, role: 'peer', region, addresses: [], rtts: [] }),
    bases: [...answers.keys()],
    // Those who wait for us see at once that they need not.
    onGone: () => {
      for (const each of host.getConnections()) each.abort(new Error('the page closes'))
    }
  })
  return {
    made: { peers, sources, exchange },
    host,
    inOrder: [
      host, dialer, following(exchange, parts.onNeighbours),
      new MeetDirectly({ host, exchange, network, log: log('reach') }), exchange, record,
      registered({ host, record, trackers, renew: () => { announcer.renew() } }),
      peers, sources, announcer, farewell,
      new FindAgain({ host, answers, page: init.page, log: log('bootstrap') })
    ]
  }
}

/** Whoever dials it finds out whether it is there. */
function hangUp (host: BrowserHost, peer: string): void {
  for (const connection of host.getConnections(peerIdFromString(peer))) {
    connection.abort(new Error('the tracker is silent'))
  }
}

function following ({ events }: Exchange, onNeighbours: () => void): Part {
  const types = ['open', 'close']
  return {
    start: () => { for (const type of types) events.addEventListener(type, onNeighbours) },
    stop: () => { for (const type of types) events.removeEventListener(type, onNeighbours) }
  }
}
