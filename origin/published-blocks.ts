/**
 * The blocks of published titles in the store: one pin set a title, which keeps eviction off them
 * and tells who else needs a block.
 * in: a packed title. out: all its blocks stored, or none that nobody else had.
 */

import type { CID } from 'multiformats/cid'
import { publishedPin } from '../daemon/publisher.ts'
import type { Blockstore, Pins } from '../daemon/store/index.ts'
import { openManifest } from '../protocols/content/index.ts'
import { ContentNotFoundError } from '../protocols/errors.ts'
import { sha256 } from '../protocols/sha256.ts'
import type { PackedTitle } from './pack.ts'
import type { Journal, ScratchJob } from './scratch.ts'

export type PinningStore = Blockstore & Pick<Pins, 'pin' | 'unpin' | 'isPinned'>

export interface StoreOptions {
  signal?: AbortSignal
  /** 0 to 100. */
  onProgress?: (percent: number) => void
}

export class PublishedBlocks {
  readonly #store: PinningStore

  constructor (store: PinningStore) {
    this.#store = store
  }

  /** Says in the journal what it adds, then adds it. @throws DiskFullError QuotaExceededError */
  async add (title: PackedTitle, job: ScratchJob, options: StoreOptions = {}): Promise<void> {
    const { signal } = options
    await job.record({ id: title.id, cids: title.cids.filter(cid => !this.#store.has(cid)) })
    await this.#store.pin(publishedPin(title.id), title.cids, { signal })
    let done = 0
    for await (const { cid, bytes } of title.blocks({ signal })) {
      if (!this.#store.has(cid)) await this.#store.put(cid, bytes, { signal })
      options.onProgress?.(100 * ++done / title.cids.length)
    }
  }

  /** The blocks of a title as {@link add} stored them; of a damaged one, those it still names. */
  async list (id: CID): Promise<CID[]> {
    const cids: CID[] = [id]
    try {
      const manifest = await openManifest(id, async cid => await this.#load(cid), { sha256 })
      for await (const { cid } of manifest.blocks()) cids.push(cid)
      for (const { name } of manifest.root.renditions) {
        for await (const { cid } of manifest.index(name).segments()) cids.push(cid)
      }
    } catch (err) {
      if ((err as Error).name !== 'ContentNotFoundError') throw err
    }
    return cids
  }

  /** Drops the title's pins, and those of the blocks that no other pin set needs. */
  async remove ({ id, cids }: Journal): Promise<void> {
    await this.#store.unpin(publishedPin(id))
    for (const cid of cids) {
      if (!this.#store.isPinned(cid)) await this.#store.delete(cid)
    }
  }

  async #load (cid: CID): Promise<Uint8Array> {
    const bytes = await this.#store.get(cid)
    if (bytes == null) throw new ContentNotFoundError(`block ${cid} is not in the store`)
    return bytes
  }
}
