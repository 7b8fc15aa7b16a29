/**
 * How a node says who it is, and meets others.
 * in: the node's base. out: the dialer of bootstraps, our own record, trackers, HTTP sources, where
 * neighbours are dialled, and the registries that are told what we hold.
 */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { systemTimer } from '../protocols/clock.ts'
import {
  httpTransport, libp2pTransport, openRecord, TrackerClient
} from '../protocols/tracker/index.ts'
import { AddressBook } from './address-book.ts'
import { BootstrapDialer } from './bootstrap-dialer.ts'
import {
  DHT_PATIENCE_MS, DhtRegistry, type HttpFetch, type ProviderRegistry, TrackedHttpSources,
  TrackerRegistry
} from './discovery/index.ts'
import { createHttpFetch } from './http-fetch.ts'
import { publicUrl } from './http/index.ts'
import type { NodeBase } from './node.ts'
import type { NodeSwitch } from './node-switch.ts'
import { OwnRecord, type OwnRecordComponents } from './own-record.ts'
import { ownReport } from './retrieval/index.ts'

export interface Meeting {
  dialer: BootstrapDialer
  record: OwnRecord
  trackers: TrackerClient[]
  sources: TrackedHttpSources
  /** To those sources: what is asked of them goes over the connections that were measured. */
  fetch: HttpFetch
  addresses: AddressBook
}

/** What the rest of the node knows, asked once it runs. */
export interface KnownLater extends Pick<OwnRecordComponents, 'neighbours' | 'coordinate'> {
  gatewayUrl: () => string
}

export function meetingParts (base: NodeBase, later: KnownLater): Meeting {
  const { config, host, privateKey, log } = base
  const { network, region, role, operatorKey } = config
  const ambient = { random: Math.random, timer: systemTimer }
  const dialer = new BootstrapDialer({ host, log: log('bootstrap'), ...ambient }, config.bootstrap)
  const record: OwnRecord = new OwnRecord({
    privateKey,
    host,
    servers: () => sources.list(),
    neighbours: later.neighbours,
    ...(later.coordinate != null && { coordinate: later.coordinate }),
    load: () => loadOf(base.admission),
    ...(config.report && { report: ownReport({ ...base, clock: Date.now }) }),
    publicUrl: () => role === 'edge' || role === 'origin'
      ? publicUrl(config, Number(new URL(later.gatewayUrl()).port))
      : undefined,
    log: log('record'),
    ...ambient
  }, config)
  const rules = {
    network, region, ...(operatorKey != null && { operatorKey: publicKeyFromRaw(operatorKey) })
  }
  const transports = [
    ...[...dialer.targets.values()].map(addresses => libp2pTransport(host, addresses)),
    ...config.tracker.urls.map(url => httpTransport(url))
  ]
  const trackers = config.tracker.enabled
    ? transports.map(ask => new TrackerClient({ ask, signer: record.signer }, rules))
    : []
  const { peerId } = host
  const fetch = base.fetch ?? createHttpFetch()
  const sources = new TrackedHttpSources({ trackers, peerId, fetch, log: log('sources') }, rules)
  const addresses = new AddressBook({
    open: envelope => openRecord(envelope, { ...rules, clock: Date.now })
  })
  return { dialer, record, trackers, sources, fetch, addresses }
}

function loadOf (admission: NodeSwitch | undefined): number | undefined {
  if (admission == null) return undefined
  const { inFlight, limit } = admission.status()
  return inFlight / limit
}

/** Where we say what we hold. */
export function registriesOf (
  { host, log }: NodeBase, trackers: readonly TrackerClient[]
): ProviderRegistry[] {
  const { contentRouting, services: { dht } } = host
  const patience = trackers.length > 0 ? { patienceMs: DHT_PATIENCE_MS } : {}
  return [
    ...trackers.map(tracker => new TrackerRegistry(tracker)),
    ...(dht == null ? [] : [new DhtRegistry({ contentRouting, log: log('dht') }, patience)])
  ]
}
