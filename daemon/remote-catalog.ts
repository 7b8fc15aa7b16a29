/**
 * What the network's edges and origins list as published.
 * in: the HTTP sources. out: their `/songs` together, kept for a while; of a source that does not
 * answer, what it listed before. A list that has aged is given at once, and asked for anew behind.
 *
 * A list is not signed: it says what there is to ask for and how it is called. What is then played
 * is checked against its content ID all the same.
 */

import type { Logger } from '@libp2p/interface'
import { z } from 'zod'
import type { Clock } from '../protocols/clock.ts'
import { contentIdIn } from '../protocols/content/index.ts'
import type { SongSummary } from '../protocols/control/index.ts'
import { MAX_ALIAS_LENGTH, MAX_TITLE_LENGTH } from '../protocols/limits.ts'
import { CLIENT_HEADER } from '../protocols/client-headers.ts'
import { VERSION } from '../protocols/version.ts'
import type { HttpFetch, HttpSources } from './discovery/index.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'
import { readBounded } from './retrieval/bounded-body.ts'

/** Higher: fewer requests; lower: a new title shows sooner. */
export const DEFAULT_FRESH_MS = 10_000
/** A list older than this is waited for. Higher: no one waits; lower: what is shown is newer. */
export const STALE_WHILE_REVALIDATE_MS = 3_600_000
/** What a source listed that does not answer is believed for so long. */
export const STALE_IF_ERROR_MS = 24 * 3_600_000
/** Of one source; all are asked side by side. */
const TIMEOUT_MS = 2_000
const MAX_CATALOG_BYTES = 4 * 1024 * 1024
const MAX_SONGS = 10_000
const MAX_SOURCES_ASKED = 4
const MAX_ID_LENGTH = 128
const MAX_RENDITIONS = 64

const songs = z.array(z.object({
  id: z.string().max(MAX_ID_LENGTH).refine(id => contentIdIn(id) != null),
  title: z.string().max(MAX_TITLE_LENGTH),
  alias: z.string().max(MAX_ALIAS_LENGTH).optional(),
  createdAt: z.string().max(64).optional(),
  durationMs: z.number().nonnegative(),
  size: z.number().nonnegative(),
  renditions: z.array(z.string().max(MAX_ID_LENGTH)).max(MAX_RENDITIONS)
})).max(MAX_SONGS)

export interface RemoteCatalogComponents {
  sources: Pick<HttpSources, 'list'>
  fetch: HttpFetch
  clock: Clock
  log: Logger
}

/** What one source lists. */
interface List { songs: SongSummary[], answeredMs: number, failure: RepeatedFailure }

export class RemoteCatalog {
  readonly #components: RemoteCatalogComponents
  /** By URL, of those asked last. */
  #lists = new Map<string, List>()
  #known: SongSummary[] = []
  #askedAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor (components: RemoteCatalogComponents) {
    this.#components = components
  }

  /** The last answer; nothing is asked. */
  get known (): readonly SongSummary[] { return this.#known }

  /**
   * The last answer, at once, while it is not older than {@link STALE_WHILE_REVALIDATE_MS}; past
   * {@link DEFAULT_FRESH_MS} the sources are asked behind it. Never rejects.
   */
  async list (): Promise<readonly SongSummary[]> {
    const reading = this.#refreshed()
    if (this.#components.clock() - this.#askedAtMs > STALE_WHILE_REVALIDATE_MS) await reading
    return this.#known
  }

  /** At most {@link DEFAULT_FRESH_MS} old while the sources answer. Never rejects. */
  async fresh (): Promise<readonly SongSummary[]> {
    await this.#refreshed()
    return this.#known
  }

  /** Resolves when the last answer is fresh. */
  #refreshed (): Promise<void> {
    if (this.#components.clock() - this.#askedAtMs <= DEFAULT_FRESH_MS) return Promise.resolve()
    // Shared by all who ask meanwhile, so no asker's signal ends it; it has its own deadline.
    this.#reading ??= this.#read().finally(() => { this.#reading = undefined })
    return this.#reading
  }

  async #read (): Promise<void> {
    const { sources, clock } = this.#components
    const asked = sources.list().slice(0, MAX_SOURCES_ASKED)
    // Nobody to ask is no reason to wait before the next look: sources may turn up any moment.
    if (asked.length === 0) return
    this.#lists = new Map(asked.map(({ url }) =>
      [url, this.#lists.get(url) ?? { songs: [], answeredMs: 0, failure: new RepeatedFailure() }]))
    await Promise.all([...this.#lists].map(([url, list]) => this.#refresh(url, list)))
    this.#askedAtMs = clock()
    const known = new Map<string, SongSummary>()
    for (const song of [...this.#lists.values()].flatMap(({ songs }) => songs)) {
      // Where two list the same title, the better source is believed.
      if (!known.has(song.id)) known.set(song.id, song)
    }
    this.#known = [...known.values()]
  }

  /** A list stays as it was for {@link STALE_IF_ERROR_MS} when its source does not answer. */
  async #refresh (url: string, list: List): Promise<void> {
    const { clock } = this.#components
    try {
      list.songs = await this.#ask(url)
      list.answeredMs = clock()
      list.failure.isOver()
    } catch (err) {
      if (clock() - list.answeredMs > STALE_IF_ERROR_MS) list.songs = []
      if (!list.failure.isNews(err)) return
      this.#components.log('no list of titles from %s: %s', url, (err as Error).message)
    }
  }

  async #ask (url: string): Promise<SongSummary[]> {
    const response = await this.#components.fetch(`${url}/songs`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { [CLIENT_HEADER]: VERSION }
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`it answered ${response.status}`)
    }
    const bytes = await readBounded(response, MAX_CATALOG_BYTES)
    const { data } = songs.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    if (data == null) throw new Error('what it answered is no list of titles')
    return data
  }
}
