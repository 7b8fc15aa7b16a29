/**
 * What this node says of itself.
 * in: its settings, addresses, gateway URL, measured RTTs and load.
 * out: a signer for trackers, and the newest signed record for HELLO.
 */

import type { Logger, PrivateKey } from '@libp2p/interface'
import type { Timer } from '../protocols/clock.ts'
import type { Neighbour } from '../protocols/exchange/index.ts'
import type { Host } from '../protocols/host.ts'
import { NodeSigner } from '../protocols/tracker/index.ts'
import type { NodeDescription, NodeRecord } from '../protocols/tracker/index.ts'
import type { Config } from './config.ts'
import type { HttpSource } from './discovery/index.ts'
import { pause } from './discovery/pause.ts'
import { recordRtts } from './record-rtts.ts'

/** Well inside the age at which others refuse a record. */
const RENEW_MS = 10 * 60_000

export interface OwnRecordComponents {
  privateKey: PrivateKey
  host: Pick<Host, 'getMultiaddrs'>
  /** The edges and origins we measure: landmarks by which others estimate how far we are. */
  servers: () => HttpSource[]
  /** With RTTs of their own: the mesh as the topology shows it. */
  neighbours: () => Iterable<Pick<Neighbour, 'peer' | 'rttMs'>>
  /** By network coordinates, once there are some. */
  coordinate?: () => NodeRecord['coordinate']
  /** How the node does, where it tells. */
  report?: () => Uint8Array | undefined
  /** Of an edge or origin, as a share of what it serves well at once. */
  load?: () => number | undefined
  /** Where an edge's or origin's HTTP is reached, once it listens; undefined for a peer. */
  publicUrl: () => string | undefined
  timer: Timer
  log: Logger
}

export class OwnRecord {
  readonly signer: NodeSigner
  readonly #components: OwnRecordComponents
  readonly #config: Pick<Config, 'network' | 'role' | 'region' | 'endorsement'>
  #envelope: Uint8Array | undefined
  #lifetime: AbortController | undefined
  #renewing: Promise<void> = Promise.resolve()

  constructor (
    components: OwnRecordComponents,
    config: Pick<Config, 'network' | 'role' | 'region' | 'endorsement'>
  ) {
    this.#components = components
    this.#config = config
    const { privateKey, report } = components
    const describe = (): NodeDescription => this.#describe()
    this.signer = new NodeSigner({ privateKey, describe, ...(report != null && { report }) })
  }

  /** The newest envelope; undefined before the start. */
  get envelope (): Uint8Array | undefined { return this.#envelope }

  /** Signs a first record; the host and the gateway listen by then. */
  async start (): Promise<void> {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    this.#envelope = await this.signer.record()
    this.#renewing = this.#renew(this.#lifetime.signal)
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    await this.#renewing
  }

  /** Signs what it says now. Never rejects: an older record is better than none. */
  async renew (): Promise<void> {
    try {
      this.#envelope = await this.signer.record()
    } catch (err) {
      this.#components.log.error('failed to renew our record - %e', err)
    }
  }

  /** Never rejects. */
  async #renew (signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(this.#components.timer, RENEW_MS, signal)
      if (signal.aborted) return
      await this.renew()
    }
  }

  #describe (): NodeDescription {
    const { network, role, region, endorsement } = this.#config
    const { host, servers, neighbours, publicUrl } = this.#components
    const http = publicUrl()
    const coordinate = this.#components.coordinate?.()
    const load = this.#components.load?.()
    return {
      network,
      role,
      region,
      addresses: host.getMultiaddrs(),
      rtts: recordRtts(servers(), neighbours()),
      ...(http != null && { http }),
      ...(coordinate != null && { coordinate }),
      ...(load != null && { load }),
      ...(endorsement != null && { endorsement })
    }
  }
}
