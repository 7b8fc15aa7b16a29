/**
 * The blocks of a store as eviction sees them: when each was used, which are pinned, which goes
 * next. in: blocks, uses, pins. out: victims, and what is past its time. Kept over restarts.
 */

import type { Clock } from '../../protocols/clock.ts'
import type { EvictionPolicy, Holders } from './eviction-policy.ts'
import type { BlockKey } from './key.ts'
import { PinSets } from './pins.ts'
import { Recency } from './recency.ts'
import { spotOf } from './spot.ts'
import type { Tables } from './table.ts'
import type { Place } from './types.ts'

export interface CandidatesComponents {
  clock: Clock
  /** Least recently used unless given. */
  policy?: EvictionPolicy | undefined
  /** Of a block that is here, in bytes. */
  costOf: (key: BlockKey) => number
}

export class Candidates {
  readonly #pins = new PinSets()
  readonly #recency: Recency
  readonly #policy: EvictionPolicy | undefined
  readonly #costOf: CandidatesComponents['costOf']

  constructor ({ clock, policy, costOf }: CandidatesComponents) {
    this.#recency = new Recency(clock)
    this.#policy = policy
    this.#costOf = costOf
  }

  /** Takes up the blocks that are there, in the order of their last use. */
  async load (tables: Tables, keys: Iterable<BlockKey>): Promise<void> {
    for (const key of this.#recency.free()) this.#policy?.remove(key)
    await this.#pins.load(tables.table('pins'))
    await this.#recency.load(tables.table('uses'), keys, key => this.#pins.isPinned(key))
    for (const key of this.#recency.free()) this.#offer(key)
  }

  has (key: BlockKey): boolean {
    return this.#recency.has(key)
  }

  add (key: BlockKey, place?: Place): void {
    // Where a block stands takes memory, so it is kept only for those who mind.
    const spot = place == null || this.#policy?.weigh == null ? undefined : spotOf(place)
    const isPinned = this.#pins.isPinned(key)
    this.#recency.touch(key, isPinned, spot)
    if (!isPinned) this.#offer(key, place?.title)
  }

  use (key: BlockKey): void {
    this.#recency.touch(key, this.#pins.isPinned(key))
    this.#policy?.use(key)
  }

  remove (key: BlockKey): void {
    this.#recency.forget(key)
    this.#policy?.remove(key)
  }

  /** The block that makes room next; undefined when all are pinned. */
  victim (): BlockKey | undefined {
    return this.#policy == null ? this.#recency.oldest()?.key : this.#policy.victim()
  }

  /** The block used longest ago, when that is longer than `ttlMs`. */
  expired (ttlMs: number): BlockKey | undefined {
    const oldest = this.#recency.oldest()
    return oldest != null && oldest.idleMs > ttlMs ? oldest.key : undefined
  }

  weigh (holders: Holders): void {
    this.#policy?.weigh?.(holders)
  }

  async pin (name: string, key: BlockKey): Promise<void> {
    this.#recency.hold(key)
    this.#policy?.remove(key)
    await this.#pins.add(name, key)
  }

  /** False when there was no such set. */
  unpin (name: string): boolean {
    const freed = this.#pins.drop(name)
    for (const key of freed ?? []) {
      if (!this.#recency.has(key)) continue
      this.#recency.release(key)
      this.#offer(key)
    }
    return freed != null
  }

  isPinned (key: BlockKey): boolean {
    return this.#pins.isPinned(key)
  }

  pins (): Iterable<{ name: string, blocks: number }> {
    return this.#pins.names()
  }

  /** Makes pins outlive a `kill -9`. */
  async flushPins (): Promise<void> {
    await this.#pins.flush()
  }

  /** Writes uses down. */
  async flushUses (): Promise<void> {
    await this.#recency.flush()
  }

  /** `title`: its name, which only this run knows. */
  #offer (key: BlockKey, title?: string): void {
    this.#policy?.add(key, this.#costOf(key), this.#recency.spotOf(key), title)
  }
}
