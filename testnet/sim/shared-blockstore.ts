/**
 * Which blocks a node has on its disk; their bytes are the library's, one copy for all nodes.
 */

import type { CID } from 'multiformats/cid'
import type { Blockstore, StoredBlock, Usage } from '../../daemon/store/index.ts'
import { type BlockKey, keyOf } from '../../daemon/store/key.ts'
import type { Library } from './library.ts'

export class SharedBlockstore implements Blockstore {
  readonly #library: Pick<Library, 'bytesOf'>
  readonly #held = new Map<BlockKey, CID>()
  #bytes = 0

  constructor (library: Pick<Library, 'bytesOf'>) {
    this.#library = library
  }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  has (cid: CID): boolean {
    return this.#held.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.has(cid) ? this.#library.bytesOf(cid)?.byteLength : undefined
  }

  async get (cid: CID): Promise<Uint8Array | undefined> {
    return this.has(cid) ? this.#library.bytesOf(cid) : undefined
  }

  async put (cid: CID, { byteLength }: Uint8Array): Promise<void> {
    if (this.has(cid)) return
    this.#held.set(keyOf(cid), cid)
    this.#bytes += byteLength
  }

  async delete (cid: CID): Promise<boolean> {
    this.#bytes -= this.sizeOf(cid) ?? 0
    return this.#held.delete(keyOf(cid))
  }

  * entries (): Generator<StoredBlock> {
    for (const cid of this.#held.values()) yield { cid, size: this.sizeOf(cid) ?? 0 }
  }

  usage (): Usage {
    return { blocks: this.#held.size, bytes: this.#bytes, diskBytes: 0 }
  }
}
