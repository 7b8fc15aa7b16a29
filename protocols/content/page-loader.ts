/**
 * Index pages as they are needed: one load for all who wait for a page, and the last few kept.
 * in: the page's place in its rendition. out: its segments, numbered and checked.
 */

import { LRUCache } from 'lru-cache'
import type { Sha256 } from '../cid.ts'
import { InvalidPageError } from '../errors.ts'
import { MAX_PAGE_BYTES } from '../limits.ts'
import { blocksOf, decodePage, pageTotals } from './index-page.ts'
import { isSegmentOfItsBlocks } from './segment-file.ts'
import { toMicroseconds } from './timeline.ts'
import type { BlockRef, IndexedSegment, IndexPage, LoadBlock, PageRef } from './types.ts'

/** A page and what the pages before it add up to. */
export interface PagePlace {
  ref: PageRef
  segment: number
  block: number
  startMs: number
}

export interface LoadedPage {
  /** The page's own block. */
  block: BlockRef
  segments: IndexedSegment[]
}

/** A load under way, and how many wait for it: it is given up when nobody does. */
interface Pending {
  page: Promise<LoadedPage>
  controller: AbortController
  waiting: number
}

/** Enough for a few listeners at different places of one title; at most 64 KiB of CBOR each. */
const PAGES_KEPT = 16

const TOTALS = ['segments', 'blocks', 'durationMs', 'size'] as const

export class PageLoader {
  readonly #load: LoadBlock
  readonly #sha256: Sha256
  readonly #kept = new LRUCache<PagePlace, LoadedPage>({ max: PAGES_KEPT })
  readonly #pending = new Map<PagePlace, Pending>() // As many as there are callers.

  constructor (load: LoadBlock, sha256: Sha256) {
    this.#load = load
    this.#sha256 = sha256
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
    const bytes = await this.#load(place.ref.cid, { maxBytes: MAX_PAGE_BYTES, signal })
    const page = decodePage(bytes)
    await assertTrue(page, place.ref, this.#sha256)
    const block = { cid: place.ref.cid, size: bytes.byteLength }
    const loaded = { block, segments: numbered(page, place) }
    this.#kept.set(place, loaded)
    return loaded
  }
}

/** Holds the page against its root's totals, and each segment's CID against its blocks. */
async function assertTrue (page: IndexPage, ref: PageRef, sha256: Sha256): Promise<void> {
  const totals = pageTotals(page)
  const lie = TOTALS.find(field => totals[field] !== ref[field])
  if (lie != null) {
    throw new InvalidPageError(
      `index page ${ref.cid} has ${lie} ${totals[lie]}, its root says ${ref[lie]}`
    )
  }
  for (const segment of page.segments) {
    if (!await isSegmentOfItsBlocks(segment, sha256)) {
      throw new InvalidPageError(
        `index page ${ref.cid} lists blocks that are not those of ${segment.cid}`
      )
    }
  }
}

function numbered (page: IndexPage, place: PagePlace): IndexedSegment[] {
  let block = place.block
  let startUs = toMicroseconds(place.startMs)
  return page.segments.map((entry, i) => {
    const startMs = startUs / 1000
    startUs += toMicroseconds(entry.durationMs)
    return {
      number: place.segment + i,
      startMs,
      durationMs: entry.durationMs,
      size: entry.size,
      cid: entry.cid,
      blocks: blocksOf(entry).map(ref => ({ ...ref, number: block++ }))
    }
  })
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
