/**
 * The blocks read most, in memory before a blockstore on disk.
 * in: reads. out: bytes from memory, or from one read of the disk, which all share who wait for it.
 *
 * A block is kept from its second read on: what one listener plays once would only push out what
 * many ask for. Bytes are checked as they come off the disk, and not again.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import { every } from './every.ts'
import { type BlockKey, keyOf } from './key.ts'
import type { Blockstore, CallOptions, StoredBlock, Usage } from './types.ts'

/** A block nobody read for so long leaves the memory to others. */
const IDLE_MS = 60_000

/** Blocks of which a first read is remembered, for each that would fit. Higher: rarer ones stay. */
const REMEMBERED = 4
const TYPICAL_BLOCK_BYTES = 128 * 1024

export class MemoryCache implements Blockstore {
  readonly #blocks: Blockstore
  readonly #kept: LRUCache<BlockKey, Uint8Array>
  readonly #readOnce: LRUCache<BlockKey, true>
  /** Bounded by the callers that wait. */
  readonly #reads = new Map<BlockKey, Promise<Uint8Array | undefined>>()
  #endTidying: (() => void) | undefined

  /** `maxBytes`: of blocks in memory. Higher: fewer reads and checks; lower: less memory. */
  constructor (blocks: Blockstore, maxBytes: number) {
    this.#blocks = blocks
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ byteLength }) => Math.max(1, byteLength),
      ttl: IDLE_MS,
      ttlResolution: IDLE_MS / 60,
      updateAgeOnGet: true
    })
    const max = Math.ceil(REMEMBERED * maxBytes / TYPICAL_BLOCK_BYTES)
    this.#readOnce = new LRUCache({ max })
  }

  async start (): Promise<void> {
    await this.#blocks.start()
    this.#endTidying ??= every(IDLE_MS, () => { this.#kept.purgeStale() })
  }

  async stop (): Promise<void> {
    this.#endTidying?.()
    this.#endTidying = undefined
    this.#kept.clear()
    this.#readOnce.clear()
    await this.#blocks.stop()
  }

  has (cid: CID): boolean {
    return this.#blocks.has(cid)
  }

  sizeOf (cid: CID): number | undefined {
    return this.#blocks.sizeOf(cid)
  }

  async get (cid: CID, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    const key = keyOf(cid)
    return this.#kept.get(key) ?? await (this.#reads.get(key) ?? this.#read(key, cid))
  }

  async put (cid: CID, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    await this.#blocks.put(cid, bytes, options)
  }

  async delete (cid: CID, options: CallOptions = {}): Promise<boolean> {
    const key = keyOf(cid)
    this.#kept.delete(key)
    this.#readOnce.delete(key)
    this.#reads.delete(key)
    return await this.#blocks.delete(cid, options)
  }

  entries (): Iterable<StoredBlock> {
    return this.#blocks.entries()
  }

  usage (): Usage {
    return this.#blocks.usage()
  }

  /** The read goes on when one of those who wait for it leaves. */
  async #read (key: BlockKey, cid: CID): Promise<Uint8Array | undefined> {
    const reading = this.#blocks.get(cid)
    this.#reads.set(key, reading)
    try {
      const bytes = await reading
      // Deleted since, it must not come back.
      if (bytes != null && this.#reads.get(key) === reading) this.#take(key, bytes)
      return bytes
    } finally {
      if (this.#reads.get(key) === reading) this.#reads.delete(key)
    }
  }

  #take (key: BlockKey, bytes: Uint8Array): void {
    if (this.#readOnce.delete(key)) this.#kept.set(key, bytes)
    else this.#readOnce.set(key, true)
  }
}
