/**
 * What this node says of itself.
 * in: its settings, addresses, gateway URL and measured RTTs. out: a signer for trackers, and the newest
 * signed record for HELLO.
 */

import type { PrivateKey } from '@libp2p/interface'
import type { Host } from '../protocols/host.ts'
import { NodeSigner } from '../protocols/tracker/index.ts'
import type { NodeDescription } from '../protocols/tracker/index.ts'
import type { Config } from './config.ts'
import type { HttpSource } from './discovery/index.ts'

/** Well inside the age at which others refuse a record. */
const RENEW_MS = 10 * 60_000

export interface OwnRecordComponents {
  privateKey: PrivateKey
  host: Pick<Host, 'getMultiaddrs'>
  /** The edges and origins we measure: landmarks by which others estimate how far we are. */
  servers: () => HttpSource[]
  /** Where an edge's or origin's HTTP is reached, once it listens; undefined for a peer. */
  publicUrl: () => string | undefined
}

export class OwnRecord {
  readonly signer: NodeSigner
  readonly #components: OwnRecordComponents
  readonly #config: Config
  #envelope: Uint8Array | undefined
  #timer: NodeJS.Timeout | undefined

  constructor (components: OwnRecordComponents, config: Config) {
    this.#components = components
    this.#config = config
    this.signer = new NodeSigner({ privateKey: components.privateKey, describe: () => this.#describe() })
  }

  /** The newest envelope; undefined before the start. */
  get envelope (): Uint8Array | undefined { return this.#envelope }

  /** Signs a first record; the host and the gateway listen by then. */
  async start (): Promise<void> {
    this.#envelope = await this.signer.record()
    this.#timer ??= setInterval(() => {
      void this.signer.record().then(envelope => { this.#envelope = envelope })
    }, RENEW_MS)
  }

  async stop (): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #describe (): NodeDescription {
    const { network, role, region, endorsement } = this.#config
    const http = this.#components.publicUrl()
    return {
      network,
      role,
      region,
      addresses: this.#components.host.getMultiaddrs(),
      rtts: this.#components.servers().flatMap(({ peer, rttMs }) =>
        rttMs == null ? [] : [{ peer: peer.toString(), rttMs }]),
      ...(http != null && { http }),
      ...(endorsement != null && { endorsement })
    }
  }
}
