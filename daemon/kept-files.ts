/**
 * Files of no title that a user has the node keep, such as `POST /segments` brings.
 * in: bytes, or the CID of a file whose blocks are here. out: its blocks pinned and taken account
 * of, so that neighbours, trackers and DHT hear of it as of a title.
 */

import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../protocols/cid.ts'
import { chunkSegment, fileBlocks } from '../protocols/content/index.ts'
import type { AddedSegment } from '../protocols/control/index.ts'
import { ContentNotFoundError, InvalidArgumentError } from '../protocols/errors.ts'
import type { Holdings } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

export interface KeptFilesComponents {
  store: Store
  holdings: Pick<Holdings, 'adopt' | 'close'>
  sha256: Sha256
}

type CallOptions = { signal?: AbortSignal }

/** Apart from the names of titles' pins. */
const pinOf = (cid: CID): string => `file:${cid}`

export class KeptFiles {
  readonly #components: KeptFilesComponents

  constructor (components: KeptFilesComponents) {
    this.#components = components
  }

  /** The name is computed here, whatever the caller takes it for. */
  async add (bytes: Uint8Array, options: CallOptions): Promise<Omit<AddedSegment, 'announced'>> {
    const { store, holdings, sha256 } = this.#components
    const { entry: { cid, size }, blocks, rootBlock } = await chunkSegment(bytes, { sha256 })
    const all = rootBlock == null ? blocks : [...blocks, rootBlock]
    // Pinned first, or the file's last blocks might push out its first.
    await store.pin(pinOf(cid), all.map(({ cid }) => cid), options)
    try {
      for (const block of all) await store.put(block.cid, block.bytes, options)
    } catch (err) {
      await store.unpin(pinOf(cid))
      throw err
    }
    await holdings.adopt(cid, options)
    return {
      cid: cid.toString(),
      size,
      blocks: blocks.map(({ cid, bytes }) => ({ cid: cid.toString(), size: bytes.byteLength }))
    }
  }

  /**
   * Keeps a file that lies in the store, as after a fetch.
   *
   * @throws ContentNotFoundError when it does not, or not whole; InvalidRootError
   */
  async keep (cid: CID, options: CallOptions): Promise<void> {
    const { store, holdings } = this.#components
    const root = await store.get(cid, options)
    const blocks = root == null ? [] : fileBlocks(cid, root)
    if (root == null || !blocks.every(block => store.has(block.cid))) {
      throw new ContentNotFoundError(`${cid} is not here whole: fetch it, or announce the file`)
    }
    await store.pin(pinOf(cid), [cid, ...blocks.map(block => block.cid)], options)
    await holdings.adopt(cid, options)
  }

  /**
   * Drops what no title's pin holds of the file, kept or merely cached.
   *
   * @throws ContentNotFoundError when nothing of it is here; InvalidArgumentError when it is of a
   *   pinned title; InvalidRootError
   */
  async remove (cid: CID, options: CallOptions): Promise<void> {
    const { store, holdings } = this.#components
    const isKept = await store.unpin(pinOf(cid), options)
    if (!isKept && store.isPinned(cid)) {
      throw new InvalidArgumentError(`${cid} belongs to a pinned title: unpin or remove that`)
    }
    const root = await store.get(cid, options)
    if (root == null && !isKept) throw new ContentNotFoundError(`nothing of ${cid} is here`)
    const blocks = root == null ? [] : fileBlocks(cid, root)
    for (const block of [...blocks, { cid }]) {
      if (!store.isPinned(block.cid)) await store.delete(block.cid, options)
    }
    holdings.close(cid)
  }
}
