/**
 * A node's own voice: its records and statements, each with a higher sequence number than the last.
 * in: the node's key and what it has to say of itself now. out: envelopes.
 */

import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../clock.ts'
import { MAX_ADDRESSES, MAX_RECORD_RTTS } from '../limits.ts'
import { sealRecord } from './record.ts'
import { sealStatement, type Told } from './statement.ts'
import type { AnnouncedTitle, NodeRecord } from './types.ts'

/** A record without what the signer adds. */
export type NodeDescription = Omit<NodeRecord, 'peer' | 'seq' | 'issuedAtMs'>

export interface NodeSignerComponents {
  privateKey: PrivateKey
  /** What the node is now; asked anew for each record, as addresses and RTTs change. */
  describe: () => NodeDescription
  /** How the node does, for the dashboard; absent on a node that keeps it to itself. */
  report?: () => Uint8Array | undefined
  clock?: Clock
}

export class NodeSigner {
  readonly #privateKey: PrivateKey
  readonly #describe: () => NodeDescription
  readonly #report: () => Uint8Array | undefined
  readonly #clock: Clock
  #seq = 0

  constructor (components: NodeSignerComponents) {
    this.#privateKey = components.privateKey
    this.#describe = components.describe
    this.#report = components.report ?? (() => undefined)
    this.#clock = components.clock ?? Date.now
  }

  /** The node's record, for HELLO and for anyone who asks. */
  async record (): Promise<Uint8Array> {
    const description = this.#describe()
    return await sealRecord({
      ...description,
      ...this.#stamp(),
      addresses: description.addresses.slice(0, MAX_ADDRESSES),
      rtts: description.rtts.slice(0, MAX_RECORD_RTTS)
    }, this.#privateKey)
  }

  async announce (titles: AnnouncedTitle[]): Promise<Uint8Array> {
    return await this.#seal(
      { kind: 'announce', titles: titles.map(plain), record: await this.record() }
    )
  }

  /** How the node does now, for a heartbeat to whoever has not heard it. */
  report (): Uint8Array | undefined {
    return this.#report()
  }

  async heartbeat (report?: Uint8Array): Promise<Uint8Array> {
    const record = await this.record()
    return await this.#seal({ kind: 'heartbeat', record, ...(report != null && { report }) })
  }

  async withdraw (contents: CID[]): Promise<Uint8Array> {
    return await this.#seal({ kind: 'withdraw', contents })
  }

  async leave (): Promise<Uint8Array> {
    return await this.#seal({ kind: 'leave' })
  }

  async #seal (told: Told): Promise<Uint8Array> {
    return await sealStatement(
      { network: this.#describe().network, ...this.#stamp(), ...told }, this.#privateKey
    )
  }

  /** Never twice the same; epoch milliseconds are higher after a restart too. */
  #stamp (): { seq: number, issuedAtMs: number } {
    const issuedAtMs = Math.floor(this.#clock())
    this.#seq = Math.max(this.#seq + 1, issuedAtMs)
    return { seq: this.#seq, issuedAtMs }
  }
}

/** DAG-CBOR knows no undefined. */
function plain ({ content, renditions, segments }: AnnouncedTitle): AnnouncedTitle {
  return segments == null ? { content, renditions } : { content, renditions, segments }
}
