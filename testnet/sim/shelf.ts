/**
 * What a node holds, and since when: from which each neighbour is told as much as can have reached
 * it. in: changes of what it holds. out: how a block stood at some time.
 */

import type { CID } from 'multiformats/cid'
import type { Clock } from '../../protocols/clock.ts'
import type { InventoryChange, Neighbour } from '../../protocols/exchange/index.ts'
import { titleKey } from './title-key.ts'

/** Of one title, which has one rendition. By the number of a block. */
interface TitleShelf {
  heldSinceMs: Map<number, number>
  loadingSinceMs: Map<number, number>
  firstMs: number
}

export class Shelf {
  readonly #clock: Clock
  readonly #titles = new Map<string, TitleShelf>()

  constructor (components: { clock: Clock }) {
    this.#clock = components.clock
  }

  note ({ content, block, state }: InventoryChange): void {
    const key = titleKey(content)
    const title = this.#titles.get(key) ??
      { heldSinceMs: new Map(), loadingSinceMs: new Map(), firstMs: Infinity }
    this.#titles.set(key, title)
    const nowMs = this.#clock()
    if (state === 'loading') {
      title.loadingSinceMs.set(block, nowMs)
      return
    }
    title.loadingSinceMs.delete(block)
    if (state === 'have') title.heldSinceMs.set(block, nowMs)
    else title.heldSinceMs.delete(block)
    title.firstMs = Math.min(title.firstMs, nowMs)
  }

  at (content: CID, block: number, atMs: number): ReturnType<Neighbour['holds']> {
    const title = this.#titles.get(titleKey(content))
    const isThere = (since: ReadonlyMap<number, number> | undefined): boolean =>
      (since?.get(block) ?? Infinity) <= atMs
    if (isThere(title?.heldSinceMs)) return 'have'
    return isThere(title?.loadingSinceMs) ? 'loading' : 'missing'
  }

  hasAny (content: CID, atMs: number): boolean {
    const title = this.#titles.get(titleKey(content))
    return title != null && title.heldSinceMs.size > 0 && title.firstMs <= atMs
  }
}
