/**
 * W-TinyLFU: what is asked for once does not push out what is asked for often.
 * in: uses of blocks. out: the next to evict, in constant time.
 *
 * New blocks come to a window. When that overflows, its oldest block takes the place of the main
 * part's oldest unless it was used less often lately; then it is the one to go. The main part is a
 * segmented LRU: a block used there a second time is protected.
 * https://arxiv.org/abs/1512.00727
 */

import type { EvictionPolicy } from './eviction-policy.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import type { BlockKey } from './key.ts'
import { LruList, LruNode } from './lru-list.ts'

/**
 * Higher: quicker to follow what is new; lower: steadier where tastes are. At this much it was
 * nowhere worse than LRU: docs/decisions/cache.md.
 */
export const DEFAULT_WINDOW_SHARE = 0.05
const PROTECTED_SHARE = 0.8

export interface TinyLfuInit {
  /** The window's share of all blocks' cost, {@link DEFAULT_WINDOW_SHARE}. */
  windowShare?: number
}

export class TinyLfu implements EvictionPolicy {
  readonly #nodes = new Map<BlockKey, LruNode<BlockKey>>()
  readonly #sketch = new FrequencySketch()
  readonly #window = new LruList<BlockKey>()
  readonly #probation = new LruList<BlockKey>()
  readonly #protected = new LruList<BlockKey>()
  readonly #windowShare: number

  constructor ({ windowShare = DEFAULT_WINDOW_SHARE }: TinyLfuInit = {}) {
    this.#windowShare = windowShare
  }

  add (key: BlockKey, cost: number): void {
    this.remove(key)
    const node = new LruNode(key, cost)
    this.#nodes.set(key, node)
    this.#window.push(node)
    this.#sketch.fit(this.#nodes.size)
    this.#sketch.use(key)
  }

  use (key: BlockKey): void {
    this.#sketch.use(key)
    const node = this.#nodes.get(key)
    if (node == null) return
    if (node.list === this.#window) {
      this.#window.push(node)
      return
    }
    this.#protected.push(node)
    const most = (this.#probation.cost + this.#protected.cost) * PROTECTED_SHARE
    while (this.#protected.cost > most) this.#probation.push(this.#protected.oldest!)
  }

  remove (key: BlockKey): void {
    const node = this.#nodes.get(key)
    if (node == null) return
    node.list?.remove(node)
    this.#nodes.delete(key)
  }

  victim (): BlockKey | undefined {
    const total = this.#window.cost + this.#probation.cost + this.#protected.cost
    const mostInWindow = total * this.#windowShare
    this.#settle(total - mostInWindow)
    const oldest = this.#probation.oldest ?? this.#protected.oldest
    const candidate = this.#window.oldest
    if (oldest == null || candidate == null) return (oldest ?? candidate)?.item
    // Room is made for a block that comes to the window.
    if (this.#window.cost + candidate.cost <= mostInWindow) return oldest.item
    if (this.#sketch.count(candidate.item) < this.#sketch.count(oldest.item)) return candidate.item
    this.#probation.push(candidate)
    return oldest.item
  }

  /** While the main part has room, the window's overflow moves there without a contest. */
  #settle (mostInMain: number): void {
    for (;;) {
      const candidate = this.#window.oldest
      const main = this.#probation.cost + this.#protected.cost
      if (candidate == null || main + candidate.cost > mostInMain) return
      this.#probation.push(candidate)
    }
  }
}
