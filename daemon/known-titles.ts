/**
 * The titles a node knows of: its own catalogue first, then what it holds, then what the network lists.
 * in: a content ID or an alias. out: summaries, content IDs.
 */

import type { CID } from 'multiformats/cid'
import { parseCid } from '../protocols/cid.ts'
import type { SongSummary } from '../protocols/control/index.ts'
import { songSummary } from './http/title-summary.ts'
import type { CallOptions, Titles } from './http/types.ts'
import type { RemoteCatalog } from './remote-catalog.ts'
import type { Holdings, Retrieval } from './retrieval/index.ts'

/** A publisher's own list. */
export interface OwnCatalog {
  list (): SongSummary[]
}

export interface KnownTitlesComponents {
  holdings: Pick<Holdings, 'held' | 'titleOf'>
  retrieval: Pick<Retrieval, 'manifest'>
  catalog?: OwnCatalog
  remote?: RemoteCatalog
  /** Asks the trackers which title a segment or block belongs to. */
  lookUp: (cid: CID, options: CallOptions) => Promise<CID | undefined>
}

export class KnownTitles implements Titles {
  readonly #components: KnownTitlesComponents

  constructor (components: KnownTitlesComponents) {
    this.#components = components
  }

  async list (options: CallOptions = {}): Promise<SongSummary[]> {
    const { catalog, remote } = this.#components
    const listed = [...catalog?.list() ?? [], ...await remote?.list() ?? []]
    const known = new Map<string, SongSummary>()
    for (const song of listed) {
      if (!known.has(song.id)) known.set(song.id, song)
    }
    for (const { id, summary } of await this.#held(known, options)) known.set(id, summary)
    return [...known.values()]
  }

  async resolve (alias: string): Promise<CID | undefined> {
    const { catalog, remote } = this.#components
    const isCalled = (song: SongSummary): boolean => song.alias === alias
    const song = catalog?.list().find(isCalled) ?? (await remote?.list())?.find(isCalled)
    return song == null ? undefined : parseCid(song.id)
  }

  entry (content: CID): { alias?: string, createdAt?: string } | undefined {
    const { catalog, remote } = this.#components
    const id = content.toString()
    const song = [...catalog?.list() ?? [], ...remote?.known ?? []].find(song => song.id === id)
    if (song == null) return undefined
    const { alias, createdAt } = song
    return { ...(alias != null && { alias }), ...(createdAt != null && { createdAt }) }
  }

  async titleOf (cid: CID, options: CallOptions = {}): Promise<CID | undefined> {
    return this.#components.holdings.titleOf(cid) ?? await this.#components.lookUp(cid, options)
  }

  /** Titles we hold something of that nobody lists, as when the origin is gone. */
  async #held (known: ReadonlyMap<string, SongSummary>, options: CallOptions): Promise<Array<{ id: string, summary: SongSummary }>> {
    const { holdings, retrieval } = this.#components
    const unlisted = [...holdings.held()].filter(({ content }) => !known.has(content.toString()))
    return await Promise.all(unlisted.map(async ({ content }) => ({
      id: content.toString(), summary: songSummary(await retrieval.manifest(content, options))
    })))
  }
}
