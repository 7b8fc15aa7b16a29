/**
 * Pages that play a title and have not joined its swarm: they wait until enough are there.
 * in: a title and a number that a page chose by chance. out: how many waited lately.
 *
 * Nothing is kept that says who it is; a page counts for as long as it asks.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../protocols/clock.ts'

/** Pages ask anew well within it. */
export const WAITING_MS = 45_000
/** The title longest not asked for makes room, and of one title the page that asked first. */
export const MAX_WAITED_TITLES = 10_000
export const MAX_WAITING = 500

export class WaitingRoom {
  readonly #clock: Clock
  /** When each page asked last, epoch milliseconds; the longest ago first. */
  readonly #pages = new LRUCache<string, Map<string, number>>({ max: MAX_WAITED_TITLES })

  constructor ({ clock }: { clock: Clock }) {
    this.#clock = clock
  }

  enter (content: CID, page: string): void {
    const key = content.toString()
    const pages = this.#pages.get(key) ?? new Map<string, number>()
    pages.delete(page)
    pages.set(page, this.#clock())
    const [first] = pages.keys()
    if (pages.size > MAX_WAITING) pages.delete(first!)
    this.#pages.set(key, pages)
  }

  leave (content: CID, page: string): void {
    this.#pages.get(content.toString())?.delete(page)
  }

  count (content: CID): number {
    const pages = this.#pages.get(content.toString())
    if (pages == null) return 0
    const sinceMs = this.#clock() - WAITING_MS
    for (const [page, askedMs] of pages) {
      if (askedMs > sinceMs) break
      pages.delete(page)
    }
    return pages.size
  }
}
