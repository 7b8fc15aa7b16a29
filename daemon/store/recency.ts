/**
 * Which block was used longest ago. in: uses. out: the order in which blocks make room.
 * The order stands in memory and is written down in batches by `flush`: after a `kill -9` it is as
 * stale as the last flush, and blocks that came since count as used at the restart.
 *
 * A row is the second of last use, and behind it the block's title and number there, as far as they
 * are known: 32 bits each.
 */

import type { Clock } from '../../protocols/clock.ts'
import type { Spot } from './eviction-policy.ts'
import { type BlockKey, keyBytes, keyFromBytes } from './key.ts'
import { readUInt32s, type Table, type TableChange, uint32s } from './table.ts'

/** Changes written at a time. */
const BATCH = 1000

export class Recency {
  readonly #clock: Clock
  /** Second of last use by key, longest ago first: a Map keeps the order of insertion. */
  readonly #free = new Map<BlockKey, number>()
  /** The same for blocks that eviction passes over, in no order. */
  readonly #held = new Map<BlockKey, number>()
  /** Where blocks of titles stand. */
  readonly #spots = new Map<BlockKey, Spot>()
  /** Keys whose row is out of date; bounded by blocks held and evicted between two flushes. */
  readonly #dirty = new Set<BlockKey>()
  /**
   * Walks `#free` from its head, once: deleted entries leave holes there until V8 rebuilds the
   * table, and a new iterator would step over all of them. An iterator that rests keeps the tables
   * that V8 has replaced since, so each flush begins a new one.
   */
  #walk = this.#free.keys()
  /** What the walk gave last and still stands at the head. */
  #oldest: BlockKey | undefined
  #table: Table | undefined

  constructor (clock: Clock) {
    this.#clock = clock
  }

  /** Takes up `keys`, in the order their rows tell, and forgets the rows of all others. */
  async load (
    table: Table, keys: Iterable<BlockKey>, isHeld: (key: BlockKey) => boolean
  ): Promise<void> {
    this.#table = table
    for (const map of [this.#free, this.#held, this.#spots, this.#dirty]) map.clear()
    this.#rewind()
    const rows = new Map<BlockKey, number[]>()
    for await (const entries of table.entries()) {
      for (const [key, value] of entries) rows.set(keyFromBytes(key), readUInt32s(value))
    }
    const now = this.#now()
    const uses: Array<[BlockKey, number]> = []
    for (const key of keys) {
      const [second = now, title, number] = rows.get(key) ?? []
      uses.push([key, second])
      if (title != null) this.#spots.set(key, { title, ...(number != null && { number }) })
      if (!rows.delete(key)) this.#dirty.add(key)
    }
    for (const key of rows.keys()) this.#dirty.add(key)
    uses.sort((a, b) => a[1] - b[1])
    for (const [key, second] of uses) {
      const map = isHeld(key) ? this.#held : this.#free
      map.set(key, second)
    }
  }

  has (key: BlockKey): boolean {
    return this.#free.has(key) || this.#held.has(key)
  }

  spotOf (key: BlockKey): Spot | undefined {
    return this.#spots.get(key)
  }

  /** Blocks that may be evicted, the one used longest ago first. */
  free (): Iterable<BlockKey> {
    return this.#free.keys()
  }

  /** Marks a block as used now; takes it up when it is new. */
  touch (key: BlockKey, isHeld: boolean, spot?: Spot): void {
    this.#take(key)
    if (spot != null) this.#spots.set(key, spot)
    const map = isHeld ? this.#held : this.#free
    map.set(key, this.#now())
    this.#dirty.add(key)
  }

  forget (key: BlockKey): void {
    this.#take(key)
    this.#held.delete(key)
    this.#spots.delete(key)
    this.#dirty.add(key)
  }

  /** Keeps a block from eviction. */
  hold (key: BlockKey): void {
    const second = this.#free.get(key)
    if (second == null) return
    this.#take(key)
    this.#held.set(key, second)
  }

  /** Lets eviction have the block again; it counts as used now. */
  release (key: BlockKey): void {
    if (this.#held.delete(key)) this.touch(key, false)
  }

  /** The block that makes room next. */
  oldest (): { key: BlockKey, idleMs: number } | undefined {
    if (this.#free.size === 0) return undefined
    this.#oldest ??= this.#step()
    const second = this.#free.get(this.#oldest) ?? 0
    return { key: this.#oldest, idleMs: (this.#now() - second) * 1000 }
  }

  async flush (): Promise<void> {
    const keys = [...this.#dirty]
    this.#dirty.clear()
    this.#rewind()
    for (let i = 0; i < keys.length; i += BATCH) {
      await this.#table?.write(keys.slice(i, i + BATCH).map(key => this.#row(key)))
    }
  }

  #step (): BlockKey {
    const next = this.#walk.next()
    if (!next.done) return next.value
    this.#walk = this.#free.keys()
    return this.#walk.next().value as BlockKey
  }

  #rewind (): void {
    this.#walk = this.#free.keys()
    this.#oldest = undefined
  }

  #take (key: BlockKey): void {
    this.#free.delete(key)
    if (key === this.#oldest) this.#oldest = undefined
  }

  #row (key: BlockKey): TableChange {
    const second = this.#free.get(key) ?? this.#held.get(key)
    if (second == null) return { type: 'del', key: keyBytes(key) }
    const spot = this.#spots.get(key)
    const words = [second, spot?.title, spot?.number].filter(word => word != null)
    return { type: 'put', key: keyBytes(key), value: uint32s(words) }
  }

  /** In whole seconds, which a Map holds without a box on the heap. */
  #now (): number {
    return Math.floor(this.#clock() / 1000)
  }
}
