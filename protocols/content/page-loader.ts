/**
 * Index pages as they are needed: one load for all who wait for a page, and the last few kept.
 * in: the page's place in its rendition. out: its segments, numbered and checked.
 */

import { LRUCache } from 'lru-cache'
import { MAX_PAGE_BYTES } from '../limits.ts'
import type { LoadedPage, ManifestReading, PagePlace } from './manifest-reading.ts'
import type { LoadBlock } from './types.ts'

/** A load under way, and how many wait for it: it is given up when nobody does. */
interface Pending {
  page: Promise<LoadedPage>
  controller: AbortController
  waiting: number
}

/** Enough for a few listeners at different places of one title; at most 64 KiB of CBOR each. */
const PAGES_KEPT = 16

export class PageLoader {
  readonly #load: LoadBlock
  readonly #reading: Pick<ManifestReading, 'page'>
  readonly #kept = new LRUCache<PagePlace, LoadedPage>({ max: PAGES_KEPT })
  readonly #pending = new Map<PagePlace, Pending>() // As many as there are callers.

  constructor (load: LoadBlock, reading: Pick<ManifestReading, 'page'>) {
    this.#load = load
    this.#reading = reading
  }

  /** @throws InvalidPageError and what the block's loading throws */
  async page (place: PagePlace, options: { signal?: AbortSignal } = {}): Promise<LoadedPage> {
    options.signal?.throwIfAborted()
    const kept = this.#kept.get(place)
    if (kept != null) {
      return kept
    }
    const pending = this.#pending.get(place) ?? this.#begin(place)
    pending.waiting++
    try {
      return await untilAborted(pending.page, options.signal)
    } finally {
      pending.waiting--
      if (pending.waiting === 0) {
        this.#forget(place, pending)
        pending.controller.abort() // Of no effect on a load that is done.
      }
    }
  }

  #begin (place: PagePlace): Pending {
    const controller = new AbortController()
    const pending = { page: this.#open(place, controller.signal), controller, waiting: 0 }
    pending.page.catch(() => {}) // Those who wait hear of it; nobody may be left to.
    this.#pending.set(place, pending)
    return pending
  }

  #forget (place: PagePlace, pending: Pending): void {
    if (this.#pending.get(place) === pending) {
      this.#pending.delete(place)
    }
  }

  async #open (place: PagePlace, signal: AbortSignal): Promise<LoadedPage> {
    const { cid } = place.ref
    const bytes = await this.#load(cid, { maxBytes: MAX_PAGE_BYTES, signal })
    const loaded = await this.#reading.page({ cid, bytes }, place)
    this.#kept.set(place, loaded)
    return loaded
  }
}

/** What `promise` gives, unless the signal aborts first. */
async function untilAborted<T> (promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal == null) {
    return promise
  }
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
