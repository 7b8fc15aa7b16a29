/**
 * Blocks in a Map: for tests, the simulation and nodes that keep nothing.
 */

import type { CID } from 'multiformats/cid'
import { type BlockKey, cidOfKey, keyOf } from './key.ts'
import type { Blockstore, CallOptions, StoredBlock, Usage } from './types.ts'

export class MemoryBlockstore implements Blockstore {
  readonly #blocks = new Map<BlockKey, Uint8Array>()
  #bytes = 0

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  has (cid: CID): boolean {
    return this.#blocks.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.#blocks.get(keyOf(cid))?.byteLength
  }

  async get (cid: CID, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    return this.#blocks.get(keyOf(cid))
  }

  async put (cid: CID, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    const key = keyOf(cid)
    if (this.#blocks.has(key)) return
    this.#blocks.set(key, bytes.slice())
    this.#bytes += bytes.byteLength
  }

  async delete (cid: CID, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted()
    this.#bytes -= this.sizeOf(cid) ?? 0
    return this.#blocks.delete(keyOf(cid))
  }

  * entries (): Generator<StoredBlock> {
    for (const [key, bytes] of this.#blocks) yield { cid: cidOfKey(key), size: bytes.byteLength }
  }

  usage (): Usage {
    return { blocks: this.#blocks.size, bytes: this.#bytes, diskBytes: 0 }
  }
}
