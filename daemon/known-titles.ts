/**
 * The titles a node knows of: its own catalogue first, then what the network lists, then what it
 * holds and nobody lists.
 * in: a content ID, an alias, a CID. out: summaries, content IDs.
 */

import type { CID } from 'multiformats/cid'
import { isContentId, parseContentId } from '../protocols/content/index.ts'
import type { SongSummary } from '../protocols/control/index.ts'
import { songSummary } from './http/title-summary.ts'
import type { CallOptions, Titles } from './http/types.ts'
import type { Publisher } from './publisher.ts'
import type { RemoteCatalog } from './remote-catalog.ts'
import type { Holdings, Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

export interface KnownTitlesComponents {
  holdings: Pick<Holdings, 'held' | 'titleOf'>
  retrieval: Pick<Retrieval, 'manifest'>
  store: Pick<Store, 'has'>
  /** What is published here. */
  catalog?: Pick<Publisher, 'list'>
  remote?: Pick<RemoteCatalog, 'list' | 'fresh' | 'known'>
  /** Asks the trackers which title a segment or block belongs to. */
  lookUp: (cid: CID, options: CallOptions) => Promise<CID | undefined>
}

export class KnownTitles implements Titles {
  readonly #components: KnownTitlesComponents

  constructor (components: KnownTitlesComponents) {
    this.#components = components
  }

  async list (options: CallOptions = {}): Promise<SongSummary[]> {
    const { remote } = this.#components
    const known = new Map<string, SongSummary>()
    for (const song of [...this.#own(), ...await remote?.list() ?? []]) {
      if (!known.has(song.id)) known.set(song.id, song)
    }
    for await (const song of this.#unlisted(known, options)) known.set(song.id, song)
    return [...known.values()]
  }

  async resolve (alias: string): Promise<CID | undefined> {
    const { remote } = this.#components
    const isCalled = (song: SongSummary): boolean => song.alias === alias
    // One that nobody lists may have come since the list was read.
    const song = this.#own().find(isCalled) ?? (await remote?.list())?.find(isCalled) ??
      (await remote?.fresh())?.find(isCalled)
    return song == null ? undefined : parseContentId(song.id)
  }

  entry (content: CID): { alias?: string, createdAt?: string } | undefined {
    const id = content.toString()
    const song = [...this.#own(), ...this.#components.remote?.known ?? []]
      .find(song => song.id === id)
    if (song == null) return undefined
    const { alias, createdAt } = song
    return { ...(alias != null && { alias }), ...(createdAt != null && { createdAt }) }
  }

  async titleOf (cid: CID, options: CallOptions = {}): Promise<CID | undefined> {
    const { holdings, lookUp } = this.#components
    return holdings.titleOf(cid) ?? await lookUp(cid, options)
  }

  #own (): SongSummary[] {
    return this.#components.catalog?.list() ?? []
  }

  /**
   * Titles we hold something of that nobody lists, as when the origin is gone. One whose root we
   * lack, or cannot read, is passed over: a list waits for nobody.
   */
  async * #unlisted (
    known: ReadonlyMap<string, SongSummary>, options: CallOptions
  ): AsyncGenerator<SongSummary> {
    const { holdings, retrieval, store } = this.#components
    for (const { content } of [...holdings.held()]) {
      if (!isContentId(content) || known.has(content.toString()) || !store.has(content)) continue
      try {
        yield songSummary(await retrieval.manifest(content, options))
      } catch {
        options.signal?.throwIfAborted()
      }
    }
  }
}
