/**
 * A bound around any blockstore. in: blocks without end. out: those the policy keeps, and those
 * pinned.
 *
 * The quota counts what a block takes on disk: its bytes in whole pages, and its entry in the
 * index. A block past its TTL goes at the next sweep; until then it is served: it is still right.
 */

import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../../protocols/clock.ts'
import { Candidates } from './candidates.ts'
import { diskCost } from './disk-cost.ts'
import { createPolicy, type Holders, type StorePolicy } from './eviction-policy.ts'
import { every } from './every.ts'
import type { FreeSpace } from './free-space.ts'
import { type BlockKey, cidOfKey, keyOf } from './key.ts'
import { Room } from './room.ts'
import { SerialByKey } from './serial-by-key.ts'
import type { Tables } from './table.ts'
import type {
  Blockstore, CallOptions, PutOptions, Store, StoredBlock, StoreEvents, Usage
} from './types.ts'

/** How often uses are written down and expired blocks are looked for. */
export const MAINTENANCE_INTERVAL_MS = 10_000

/** Blocks one sweep drops at most, so that it never holds up a listener. */
export const SWEEP_BLOCKS = 1000

export interface QuotaStoreComponents {
  blocks: Blockstore
  /** Open whenever `blocks` is started. */
  tables: Tables
  clock: Clock
  freeSpace?: FreeSpace
  logger?: ComponentLogger
}

export const DEFAULT_POLICY: StorePolicy = 'lru'

export interface QuotaStoreInit {
  quotaBytes: number
  /** Which blocks make room, {@link DEFAULT_POLICY}. */
  policy?: StorePolicy
  /** Age since last use past which an unpinned block goes. Forever unless set. */
  ttlMs?: number
}

export class QuotaStore implements Store {
  readonly events = new EventTarget()
  readonly #blocks: Blockstore
  readonly #tables: Tables
  readonly #log: Logger | undefined
  readonly #candidates: Candidates
  readonly #room: Room
  readonly #serial = new SerialByKey()
  readonly #ttlMs: number
  #endMaintenance: (() => void) | undefined

  constructor (components: QuotaStoreComponents, init: QuotaStoreInit) {
    this.#blocks = components.blocks
    this.#tables = components.tables
    this.#log = components.logger?.forComponent('cdnd:store')
    this.#candidates = new Candidates({
      clock: components.clock,
      policy: createPolicy(init.policy ?? DEFAULT_POLICY),
      costOf: key => diskCost(this.#blocks.sizeOf(cidOfKey(key)) ?? 0)
    })
    this.#ttlMs = init.ttlMs ?? Number.POSITIVE_INFINITY
    this.#room = new Room({
      candidates: this.#candidates,
      freeSpace: components.freeSpace,
      drop: key => this.#drop(key)
    }, init.quotaBytes)
  }

  async start (): Promise<void> {
    if (this.#endMaintenance != null) return
    await this.#blocks.start()
    const keys: BlockKey[] = []
    let used = 0
    for (const { cid, size } of this.#blocks.entries()) {
      keys.push(keyOf(cid))
      used += diskCost(size)
    }
    this.#room.reset(used)
    await this.#candidates.load(this.#tables, keys)
    this.#endMaintenance = every(MAINTENANCE_INTERVAL_MS, () => { void this.#maintain() })
    await this.#room.shrink()
  }

  async stop (): Promise<void> {
    if (this.#endMaintenance == null) return
    this.#endMaintenance()
    this.#endMaintenance = undefined
    await this.#serial.idle()
    await this.#writeDown()
    await this.#blocks.stop()
  }

  get quotaBytes (): number {
    return this.#room.quotaBytes
  }

  async setQuota (quotaBytes: number, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    this.#room.quotaBytes = quotaBytes
    await this.#room.shrink()
  }

  has (cid: CID): boolean {
    return this.#candidates.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.has(cid) ? this.#blocks.sizeOf(cid) : undefined
  }

  async get (cid: CID, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    const key = keyOf(cid)
    if (!this.#candidates.has(key)) return undefined
    const bytes = await this.#blocks.get(cid, options)
    if (!this.#candidates.has(key)) return bytes
    if (bytes != null) {
      this.#candidates.use(key)
    } else {
      this.#log?.error('dropped damaged block %c', cid)
      await this.#drop(key)
    }
    return bytes
  }

  use (cid: CID): void {
    const key = keyOf(cid)
    if (this.#candidates.has(key)) this.#candidates.use(key)
  }

  weigh (holders: Holders): void {
    this.#candidates.weigh(holders)
  }

  async put (cid: CID, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    const key = keyOf(cid)
    await this.#serial.run(key, async () => {
      options.signal?.throwIfAborted()
      if (this.#candidates.has(key)) this.#candidates.use(key)
      else await this.#room.take(diskCost(bytes.byteLength), drops =>
        this.#land(key, cid, bytes, drops, options))
    })
  }

  async delete (cid: CID, options: CallOptions = {}): Promise<boolean> {
    const key = keyOf(cid)
    return await this.#serial.run(key, async () => {
      options.signal?.throwIfAborted()
      if (!this.#candidates.has(key)) return false
      await this.#drop(key)
      return true
    })
  }

  entries (): Iterable<StoredBlock> {
    return this.#blocks.entries()
  }

  usage (): Usage {
    return this.#blocks.usage()
  }

  async pin (
    name: string, cids: Iterable<CID> | AsyncIterable<CID>, options: CallOptions = {}
  ): Promise<void> {
    for await (const cid of cids) {
      options.signal?.throwIfAborted()
      await this.#candidates.pin(name, keyOf(cid))
    }
    await this.#candidates.flushPins()
  }

  async unpin (name: string, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted()
    const wasThere = this.#candidates.unpin(name)
    await this.#candidates.flushPins()
    return wasThere
  }

  isPinned (cid: CID): boolean {
    return this.#candidates.isPinned(keyOf(cid))
  }

  pins (): Iterable<{ name: string, blocks: number }> {
    return this.#candidates.pins()
  }

  /** Drops blocks past their TTL, at most {@link SWEEP_BLOCKS}. */
  async sweep (): Promise<void> {
    const drops: Array<Promise<void>> = []
    while (drops.length < SWEEP_BLOCKS) {
      const expired = this.#candidates.expired(this.#ttlMs)
      if (expired == null) break
      drops.push(this.#drop(expired))
    }
    await Promise.all(drops)
  }

  async #land (
    key: BlockKey, cid: CID, bytes: Uint8Array, drops: Array<Promise<void>>, options: PutOptions
  ): Promise<void> {
    const size = bytes.byteLength
    try {
      await Promise.all(drops)
      await this.#blocks.put(cid, bytes, options)
    } catch (err) {
      this.#room.giveBack(diskCost(size))
      throw err
    }
    this.#candidates.add(key, options.place)
    this.#dispatch('put', { cid, size })
  }

  async #drop (key: BlockKey): Promise<void> {
    const cid = cidOfKey(key)
    const block = { cid, size: this.#blocks.sizeOf(cid) ?? 0 }
    this.#candidates.remove(key)
    this.#room.giveBack(diskCost(block.size))
    this.#dispatch('delete', block)
    await this.#blocks.delete(cid)
  }

  #dispatch (type: keyof StoreEvents, detail: StoredBlock): void {
    this.events.dispatchEvent(new CustomEvent(type, { detail }))
  }

  async #maintain (): Promise<void> {
    await this.sweep().catch(err => this.#log?.error('cannot drop expired blocks: %e', err))
    await this.#writeDown()
  }

  /** Its loss costs some order of eviction: no reason to fail. */
  async #writeDown (): Promise<void> {
    await this.#candidates.flushUses()
      .catch(err => this.#log?.error('cannot write uses down: %e', err))
  }
}
