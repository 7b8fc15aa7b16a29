/**
 * Blocks in IndexedDB. in: checked blocks. out: the same blocks after a reload, checked once more.
 *
 * Which blocks there are stands in memory; the browser carries out writes and reads of one store in
 * the order in which they were begun.
 */

import { equals } from 'multiformats/bytes'
import type { CID } from 'multiformats/cid'
import { type BlockKey, cidOfKey, keyOf } from '../../../daemon/store/key.ts'
import type {
  Blockstore, CallOptions, StoredBlock, Usage
} from '../../../daemon/store/types.ts'
import type { Sha256 } from '../../../protocols/cid.ts'
import { DiskFullError } from '../../../protocols/errors.ts'
import type { Database, PageDatabase } from './open-database.ts'

export interface IndexedDbBlockstoreComponents {
  database: PageDatabase
  sha256: Sha256
}

export class IndexedDbBlockstore implements Blockstore {
  readonly #components: IndexedDbBlockstoreComponents
  #open: Database | undefined
  /** Bytes of each block that is there, or on its way. */
  readonly #sizes = new Map<BlockKey, number>()
  /** Writes under way; bounded by the callers that wait. */
  readonly #landing = new Map<BlockKey, Promise<void>>()
  #bytes = 0

  constructor (components: IndexedDbBlockstoreComponents) {
    this.#components = components
  }

  async start (): Promise<void> {
    if (this.#open != null) return
    const database = await this.#components.database.open()
    const sizes = database.transaction('sizes').store
    const [keys, values] = await Promise.all([sizes.getAllKeys(), sizes.getAll()])
    this.#sizes.clear()
    this.#bytes = 0
    for (const [i, key] of keys.entries()) this.#note(key, values[i]!)
    this.#open = database
  }

  async stop (): Promise<void> {
    if (this.#open == null) return
    this.#open = undefined
    await Promise.allSettled(this.#landing.values())
    await this.#components.database.close()
  }

  has (cid: CID): boolean {
    return this.#sizes.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.#sizes.get(keyOf(cid))
  }

  async get (cid: CID, { signal }: CallOptions = {}): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted()
    const key = keyOf(cid)
    if (!this.#sizes.has(key)) return undefined
    // Cleared by the user, or evicted by another page.
    const bytes = await this.#opened().get('blocks', key).catch(() => undefined)
    if (bytes == null) return undefined
    return equals(await this.#components.sha256(bytes), cid.multihash.digest) ? bytes : undefined
  }

  async put (cid: CID, bytes: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const key = keyOf(cid)
    if (this.#sizes.has(key)) return await this.#landing.get(key)
    this.#note(key, bytes.byteLength)
    const landing = this.#write(key, bytes).catch((err: Error) => {
      if (this.#landing.get(key) === landing) this.#forget(key)
      throw err.name === 'QuotaExceededError'
        ? new DiskFullError('the browser gives the site no more room', { cause: err })
        : err
    }).finally(() => {
      if (this.#landing.get(key) === landing) this.#landing.delete(key)
    })
    this.#landing.set(key, landing)
    await landing
  }

  async delete (cid: CID, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted()
    const key = keyOf(cid)
    if (!this.#forget(key)) return false
    this.#landing.delete(key)
    const both = this.#opened().transaction(['blocks', 'sizes'], 'readwrite')
    await Promise.all([
      both.objectStore('blocks').delete(key), both.objectStore('sizes').delete(key), both.done
    ])
    return true
  }

  * entries (): Generator<StoredBlock> {
    for (const [key, size] of this.#sizes) yield { cid: cidOfKey(key), size }
  }

  usage (): Usage {
    return { blocks: this.#sizes.size, bytes: this.#bytes, diskBytes: this.#bytes }
  }

  /** Bytes and length together, or nothing. */
  async #write (key: BlockKey, bytes: Uint8Array): Promise<void> {
    const both = this.#opened().transaction(['blocks', 'sizes'], 'readwrite')
    // A view would be kept with all of the buffer behind it.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
    await Promise.all([
      both.objectStore('blocks').put(own, key),
      both.objectStore('sizes').put(bytes.byteLength, key),
      both.done
    ])
  }

  #note (key: BlockKey, size: number): void {
    this.#sizes.set(key, size)
    this.#bytes += size
  }

  #forget (key: BlockKey): boolean {
    this.#bytes -= this.#sizes.get(key) ?? 0
    return this.#sizes.delete(key)
  }

  #opened (): Database {
    if (this.#open == null || this.#components.database.isLost) {
      throw new DOMException('the database is closed', 'InvalidStateError')
    }
    return this.#open
  }
}
