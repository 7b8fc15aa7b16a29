/**
 * Which blocks a node has on its disk; their bytes are the library's, one copy for all nodes.
 */

import type { CID } from 'multiformats/cid'
import type { Blockstore, StoredBlock, Usage } from '../../daemon/store/index.ts'
import type { Block } from '../../protocols/content/index.ts'
import type { Library } from './library.ts'

export class SharedBlockstore implements Blockstore {
  readonly #library: Pick<Library, 'block'>
  readonly #held = new Set<Block>()
  #bytes = 0

  constructor (library: Pick<Library, 'block'>) {
    this.#library = library
  }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  has (cid: CID): boolean {
    return this.#block(cid) != null
  }

  sizeOf (cid: CID): number | undefined {
    return this.#block(cid)?.bytes.byteLength
  }

  async get (cid: CID): Promise<Uint8Array | undefined> {
    return this.#block(cid)?.bytes
  }

  /** Of blocks that no title has nothing is kept. */
  async put (cid: CID): Promise<void> {
    const block = this.#library.block(cid)
    if (block == null || this.#held.has(block)) return
    this.#held.add(block)
    this.#bytes += block.bytes.byteLength
  }

  async delete (cid: CID): Promise<boolean> {
    const block = this.#block(cid)
    if (block == null) return false
    this.#bytes -= block.bytes.byteLength
    return this.#held.delete(block)
  }

  * entries (): Generator<StoredBlock> {
    for (const { cid, bytes } of this.#held) yield { cid, size: bytes.byteLength }
  }

  usage (): Usage {
    return { blocks: this.#held.size, bytes: this.#bytes, diskBytes: 0 }
  }

  /** Undefined unless it is here. */
  #block (cid: CID): Block | undefined {
    const block = this.#library.block(cid)
    return block != null && this.#held.has(block) ? block : undefined
  }
}
