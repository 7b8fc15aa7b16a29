/**
 * Keeps a share of titles that pass through us as a relay (path distribution).
 * in: verified blocks that who asked for them would have us keep. out: those of signed titles, in
 * our store; holdings and the announcer tell of them as of anything we hold.
 *
 * Our consent: `relay.keep` is on, half of the quota is free, and little waits in memory.
 */

import type { Logger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../protocols/cid.ts'
import type { Clock } from '../protocols/clock.ts'
import { isContentId, type LoadBlock } from '../protocols/content/index.ts'
import type { PassingBlock } from '../protocols/exchange/index.ts'
import { adoptTitle, type Holdings, type Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

export interface PathKeeperComponents {
  store: Pick<Store, 'has' | 'put' | 'usage' | 'quotaBytes'>
  holdings: Pick<Holdings, 'places' | 'open' | 'learn'>
  retrieval: Pick<Retrieval, 'block'>
  sha256: Sha256
  clock: Clock
  log: Logger
}

/** Blocks waiting until we know their title; more are not kept. */
export const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** Of the quota, for all that is held: nobody fills our store by what he has us pass on. */
const MAX_FILLED = 0.5

/** A title whose root or pages could not be had is not asked for again before. */
const FAILED_MS = 30_000
const MAX_FAILED = 256
/** Of its root, and of each page. */
const LOAD_MS = 10_000

export class PathKeeper {
  readonly #components: PathKeeperComponents
  readonly #lifetime = new AbortController()
  /** Titles that are being taken up. */
  readonly #adopting = new Map<string, Promise<void>>()
  readonly #failed: LRUCache<string, true>
  readonly #keeping = new Set<Promise<void>>()
  #waitingBytes = 0

  constructor (components: PathKeeperComponents) {
    this.#components = components
    this.#failed = new LRUCache({
      max: MAX_FAILED, ttl: FAILED_MS, ttlResolution: 0, perf: { now: components.clock }
    })
  }

  async stop (): Promise<void> {
    this.#lifetime.abort()
    await Promise.all(this.#keeping)
  }

  /** Keeps the block, or does not; never throws. */
  keep (block: PassingBlock): void {
    const { bytes, content } = block
    if (!this.#consents(block) || this.#failed.has(content.toString())) return
    this.#waitingBytes += bytes.byteLength
    const kept = this.#keep(block).catch((err: Error) => {
      if (this.#lifetime.signal.aborted) return
      this.#components.log('did not keep %c of %c: %s', block.cid, content, err.message)
    }).finally(() => {
      this.#waitingBytes -= bytes.byteLength
      this.#keeping.delete(kept)
    })
    this.#keeping.add(kept)
  }

  #consents ({ cid, bytes, content }: PassingBlock): boolean {
    const { store } = this.#components
    const comingBytes = this.#waitingBytes + bytes.byteLength
    const roomBytes = store.quotaBytes * MAX_FILLED - store.usage().bytes
    return !this.#lifetime.signal.aborted && isContentId(content) && !store.has(cid) &&
      comingBytes <= Math.min(MAX_WAITING_BYTES, roomBytes)
  }

  /** What is of no signed title is not kept, whatever is said of it. */
  async #keep ({ cid, bytes, content }: PassingBlock): Promise<void> {
    const { holdings, store } = this.#components
    if (holdings.places(content, cid).length === 0) await this.#adopt(content)
    const [place] = holdings.places(content, cid)
    this.#lifetime.signal.throwIfAborted()
    if (place == null) return
    await store.put(cid, bytes, {
      place: { title: `${content}/${place.rendition}`, number: place.block }
    })
  }

  /** Takes the title up, root and pages from wherever they are; once for all who wait. */
  async #adopt (content: CID): Promise<void> {
    const key = content.toString()
    const adopting = this.#adopting.get(key) ?? this.#load(content)
      .catch((err: unknown) => {
        this.#failed.set(key, true)
        throw err
      })
      .finally(() => { this.#adopting.delete(key) })
    this.#adopting.set(key, adopting)
    await adopting
  }

  async #load (content: CID): Promise<void> {
    const { retrieval, holdings, sha256 } = this.#components
    const { signal } = this.#lifetime
    const load: LoadBlock = async (cid, { maxBytes }) => {
      const options = { signal, timeoutMs: LOAD_MS }
      const want = { cid, content, size: maxBytes, priority: 'playing' } as const
      return (await retrieval.block(want, options)).bytes
    }
    await adoptTitle(content, holdings, load, sha256, { signal })
  }
}
