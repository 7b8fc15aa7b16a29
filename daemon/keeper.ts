/**
 * Fetches what is pinned and not here yet.
 * in: pinned titles. out: their blocks in the store, a few at a time, behind everything that plays.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

/** Titles kept at a time; a further one waits. */
const MAX_WAITING = 1024
const PATIENCE_MS = 60_000

export interface KeeperComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'block'>
  store: Pick<Store, 'has'>
  log: Logger
}

export class Keeper {
  readonly #components: KeeperComponents
  readonly #waiting = new Map<string, CID>()
  #lifetime: AbortController | undefined
  #current: { key: string, ends: AbortController } | undefined
  #working: Promise<void> = Promise.resolve()

  constructor (components: KeeperComponents) {
    this.#components = components
  }

  async start (): Promise<void> {
    this.#lifetime ??= new AbortController()
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort(new DOMException('the node is stopping', 'AbortError'))
    this.#lifetime = undefined
    this.#waiting.clear()
    await this.#working
  }

  /** Fetches the title in the background; twice is once. */
  keep (content: CID): void {
    if (this.#lifetime == null || this.#waiting.size >= MAX_WAITING) return
    this.#waiting.set(content.toString(), content)
    this.#working = this.#working.then(async () => { await this.#next() })
  }

  /** Stops fetching it. */
  release (content: CID): void {
    this.#waiting.delete(content.toString())
    if (this.#current?.key === content.toString()) this.#current.ends.abort()
  }

  /** One title, the longest waiting. Never rejects. */
  async #next (): Promise<void> {
    const [key, content] = this.#waiting.entries().next().value ?? []
    if (key == null || content == null || this.#lifetime == null) return
    this.#waiting.delete(key)
    const ends = new AbortController()
    this.#current = { key, ends }
    try {
      await this.#fetch(content, AbortSignal.any([ends.signal, this.#lifetime.signal]))
    } catch (err) {
      if (!ends.signal.aborted && this.#lifetime != null) {
        this.#components.log.error('could not fetch all of pinned %c: pin it again to try once more - %e', content, err)
      }
    } finally {
      this.#current = undefined
    }
  }

  async #fetch (content: CID, signal: AbortSignal): Promise<void> {
    const { retrieval, store } = this.#components
    const patience = { signal, priority: 'offline', timeoutMs: PATIENCE_MS } as const
    const manifest = await retrieval.manifest(content, patience)
    for await (const { cid, size } of manifest.blocks({ signal })) {
      if (!store.has(cid)) await retrieval.block({ cid, size, content, priority: 'offline' }, patience)
    }
    this.#components.log('keeps all of %c', content)
  }
}
