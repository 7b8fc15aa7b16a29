/**
 * A title as its listeners see it.
 * in: a content ID and a way to load blocks. out: a manifest whose every part has been checked.
 */

import type { CID } from 'multiformats/cid'
import { sha256 as platformSha256 } from 'multiformats/hashes/sha2'
import { DAG_CBOR_CODE, type Sha256 } from '../cid.ts'
import { InvalidArgumentError, InvalidRootError, NotInManifestError } from '../errors.ts'
import { MAX_ROOT_BYTES } from '../limits.ts'
import { type ManifestReading, manifestReading } from './manifest-reading.ts'
import { PageLoader } from './page-loader.ts'
import { PagedIndex } from './paged-index.ts'
import type { BlockRef, ContentRoot, LoadBlock, Manifest } from './types.ts'

export interface OpenOptions {
  /** The platform's own, unless given. */
  sha256?: Sha256
  /** Each block is read when it is loaded, unless given. */
  reading?: ManifestReading
  /** The Ed25519 public key, 32 bytes, that must have signed. */
  publisher?: Uint8Array
  /** For the loading of the root; pages are loaded later, under their callers' signals. */
  signal?: AbortSignal
}

/**
 * The manifest under `id`: the root is loaded, decoded and its signature verified; pages follow
 * when they are asked for.
 *
 * @example
 * const manifest = await openManifest(id, load, { sha256 })
 * const { blocks } = await manifest.index('128k').segment(0)
 *
 * @throws InvalidArgumentError InvalidRootError InvalidSignatureError WrongPublisherError, and what
 * `load` throws
 */
export async function openManifest (
  id: CID, load: LoadBlock, options: OpenOptions = {}
): Promise<Manifest> {
  const { sha256 = bytes => platformSha256.encode(bytes), publisher, signal } = options
  const { reading = manifestReading(sha256) } = options
  if (id.code !== DAG_CBOR_CODE) {
    throw new InvalidArgumentError(`${id} names a block, not a title: give the content ID`)
  }
  const bytes = await load(id, { maxBytes: MAX_ROOT_BYTES, ...(signal != null && { signal }) })
  const root = await reading.root({ cid: id, bytes }, { ...(publisher != null && { publisher }) })
  if (root.kind === 'live') {
    throw new InvalidRootError('a live root has no pages to open')
  }
  return new PagedManifest({ cid: id, size: bytes.byteLength }, root, new PageLoader(load, reading))
}

class PagedManifest implements Manifest {
  readonly id: CID
  readonly root: ContentRoot
  readonly #block: BlockRef
  readonly #indexes: Map<string, PagedIndex>

  constructor (block: BlockRef, root: ContentRoot, loader: PageLoader) {
    this.id = block.cid
    this.root = root
    this.#block = block
    this.#indexes = new Map(root.renditions.map(
      rendition => [rendition.name, new PagedIndex(rendition, loader)]
    ))
  }

  index (rendition: string): PagedIndex {
    const index = this.#indexes.get(rendition)
    if (index == null) {
      throw new NotInManifestError(
        `"${this.root.title}" has no rendition "${rendition.slice(0, 80)}", ` +
        `only ${[...this.#indexes.keys()].join(', ')}`
      )
    }
    return index
  }

  async * blocks (
    options: { signal?: AbortSignal, rendition?: string } = {}
  ): AsyncGenerator<BlockRef> {
    const { rendition, signal } = options
    const indexes = rendition == null ? this.#indexes.values() : [this.index(rendition)]
    yield this.#block
    for (const index of indexes) {
      if (index.rendition.init != null) {
        yield index.rendition.init
      }
      for await (const page of index.pages({ ...(signal != null && { signal }) })) {
        yield page.block
        for (const segment of page.segments) {
          yield * segment.blocks
        }
      }
    }
  }
}
