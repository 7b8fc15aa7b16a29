/**
 * What the network's edges and origins list as published.
 * in: the HTTP sources. out: their `/songs`, kept for a while, and the last good answer when none answers.
 *
 * A list is not signed: it says what there is to ask for and how it is called. What is then played is
 * checked against its content ID all the same.
 */

import type { Logger } from '@libp2p/interface'
import { z } from 'zod'
import type { Clock } from '../protocols/clock.ts'
import type { SongSummary } from '../protocols/control/index.ts'
import { MAX_ALIAS_LENGTH, MAX_TITLE_LENGTH } from '../protocols/limits.ts'
import type { HttpSources } from './discovery/index.ts'
import { readBounded } from './retrieval/bounded-body.ts'

/** Higher: fewer requests; lower: a new title shows sooner. */
export const DEFAULT_FRESH_MS = 10_000
const MAX_CATALOG_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 2_000
const MAX_SONGS = 10_000
const MAX_SOURCES_ASKED = 4

const songs = z.array(z.object({
  id: z.string().max(128),
  title: z.string().max(MAX_TITLE_LENGTH),
  alias: z.string().max(MAX_ALIAS_LENGTH).optional(),
  createdAt: z.string().max(64).optional(),
  durationMs: z.number(),
  size: z.number(),
  renditions: z.array(z.string().max(128)).max(64)
})).max(MAX_SONGS)

export interface RemoteCatalogComponents {
  sources: HttpSources
  fetch: typeof globalThis.fetch
  clock: Clock
  log: Logger
}

export class RemoteCatalog {
  readonly #components: RemoteCatalogComponents
  #known: SongSummary[] = []
  #readAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor (components: RemoteCatalogComponents) {
    this.#components = components
  }

  /** The last answer; nothing is asked. */
  get known (): readonly SongSummary[] { return this.#known }

  /** At most {@link DEFAULT_FRESH_MS} old while a source answers. Never rejects. */
  async list (): Promise<readonly SongSummary[]> {
    if (this.#components.clock() - this.#readAtMs > DEFAULT_FRESH_MS) {
      // Shared by all who ask meanwhile, so no asker's signal ends it; it has its own deadline.
      this.#reading ??= this.#read().finally(() => { this.#reading = undefined })
      await this.#reading
    }
    return this.#known
  }

  async #read (): Promise<void> {
    const { sources, clock, log } = this.#components
    for (const { url } of sources.list().slice(0, MAX_SOURCES_ASKED)) {
      try {
        this.#known = await this.#ask(url)
        this.#readAtMs = clock()
        return
      } catch (err) {
        log('no list of titles from %s - %s', url, (err as Error).message)
      }
    }
  }

  async #ask (url: string): Promise<SongSummary[]> {
    const response = await this.#components.fetch(`${url}/songs`, {
      redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { 'cdnd-client': '1' }
    })
    if (!response.ok) throw new Error(`answered ${response.status}`)
    const bytes = await readBounded(response, MAX_CATALOG_BYTES)
    return songs.parse(JSON.parse(new TextDecoder().decode(bytes)))
  }
}
