/**
 * An origin's part in a node: ingest with the origin's settings, and the way from a segment to its
 * title.
 * in: files to publish. out: titles in the node's store, pinned, and listed for everybody.
 */

import { join } from 'node:path'
import type { ComponentLogger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Config } from '../daemon/config.ts'
import type { Publisher } from '../daemon/publisher.ts'
import type { Store } from '../daemon/store/index.ts'
import { type LoadBlock, openManifest } from '../protocols/content/index.ts'
import type { PublishProgress, PublishRequest, SongSummary } from '../protocols/control/index.ts'
import { ContentNotFoundError } from '../protocols/errors.ts'
import { loadOrCreateKey } from '../protocols/identity.ts'
import { sha256 } from '../protocols/sha256.ts'
import { type FfmpegBinary, type Ingest, openIngest, publish } from './index.ts'
import type { CatalogEntry } from './types.ts'

/** The publisher's key: not the node's, so that a lost machine is not a lost channel. */
export const PUBLISHER_KEY_FILE = 'publisher.key'

export interface PublishingComponents {
  store: Store
  logger: ComponentLogger
}

export class Publishing implements Publisher {
  readonly #store: Store
  readonly #ingest: Ingest
  readonly #settings: Config['origin']

  constructor ({ store }: PublishingComponents, ingest: Ingest, settings: Config['origin']) {
    this.#store = store
    this.#ingest = ingest
    this.#settings = settings
  }

  start (): Promise<void> {
    return this.#ingest.start()
  }

  stop (): Promise<void> {
    return this.#ingest.stop()
  }

  /** @throws FfmpegNotFoundError */
  ffmpeg (options: { signal?: AbortSignal } = {}): Promise<FfmpegBinary> {
    return this.#ingest.ffmpeg(options)
  }

  list (): SongSummary[] {
    return this.#ingest.catalog.list().map(summaryOf)
  }

  publish (
    request: PublishRequest, options: { signal?: AbortSignal } = {}
  ): AsyncIterable<PublishProgress> {
    const { bitratesBitsPerSecond: bitrates, segmentMs, blockBytes } = this.#settings
    const defaults = { bitrates, segmentMs, blockBytes }
    return publish(this.#ingest, request, { ...options, defaults })
  }

  async unpublish (content: CID): Promise<boolean> {
    return await this.#ingest.unpublish(content) != null
  }

  async segmentsOf (content: CID): Promise<CID[]> {
    const manifest = await openManifest(content, this.#load, { sha256 })
    const cids: CID[] = []
    for (const { name, init } of manifest.root.renditions) {
      if (init != null) cids.push(init.cid)
      for await (const { cid, blocks } of manifest.index(name).segments()) {
        cids.push(cid, ...blocks.filter(block => !block.cid.equals(cid)).map(block => block.cid))
      }
    }
    return cids
  }

  readonly #load: LoadBlock = async (cid, options) => {
    const bytes = await this.#store.get(cid, options)
    if (bytes == null) throw new ContentNotFoundError(`${cid} is not in our store`)
    return bytes
  }
}

/** Makes the publisher of an origin's node; see `createNode`. */
export async function openPublishing (
  config: Config, components: PublishingComponents
): Promise<Publishing> {
  const { ffmpeg, keepMasters } = config.origin
  const privateKey = await loadOrCreateKey(join(config.data, PUBLISHER_KEY_FILE))
  const ingest = openIngest({
    folder: join(config.data, 'origin'),
    keepsMasters: keepMasters,
    ...(ffmpeg !== 'auto' && { ffmpegPath: ffmpeg })
  })({ ...components, privateKey, sha256 })
  return new Publishing(components, ingest, config.origin)
}

function summaryOf (entry: CatalogEntry): SongSummary {
  const { id, title, alias, createdAt, durationMs, size, renditions } = entry
  return {
    id: id.toString(), title, ...(alias != null && { alias }),
    createdAt, durationMs, size, renditions
  }
}
