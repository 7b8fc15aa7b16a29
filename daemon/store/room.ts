/**
 * The room a store has, and who must go for it.
 * in: the cost of blocks that come and go, in bytes. out: evictions, and writes that fit.
 */

import { DiskFullError, QuotaExceededError } from '../../protocols/errors.ts'
import type { Candidates } from './candidates.ts'
import type { FreeSpace } from './free-space.ts'
import type { BlockKey } from './key.ts'

export interface RoomComponents {
  candidates: Pick<Candidates, 'victim'>
  freeSpace?: FreeSpace | undefined
  /** Evicts a block, which is forgotten at once and gone when it resolves; gives back its cost. */
  drop: (key: BlockKey) => Promise<void>
}

export class Room {
  quotaBytes: number
  readonly #components: RoomComponents
  /** Cost of all blocks held or on their way in. */
  #used = 0
  /** Writes under way, so bounded by the callers that wait. */
  readonly #landing = new Set<Promise<unknown>>()

  constructor (components: RoomComponents, quotaBytes: number) {
    this.#components = components
    this.quotaBytes = quotaBytes
  }

  /** Begins anew with blocks that are there. */
  reset (used: number): void {
    this.#used = used
  }

  /** A block has gone, or did not come. */
  giveBack (cost: number): void {
    this.#used -= cost
  }

  /**
   * Reserves room, and evicts for it, before it has the block written by `land`, which is told what
   * to wait for.
   *
   * @throws DiskFullError QuotaExceededError and what `land` throws
   */
  async take (cost: number, land: (drops: Array<Promise<void>>) => Promise<void>): Promise<void> {
    for (;;) {
      const limit = await this.#limit()
      if (cost > limit) throw this.#refusal(limit)
      const drops = this.#evict(limit - cost)
      if (this.#used + cost <= limit) {
        this.#used += cost
        const landing = land(drops)
        this.#landing.add(landing)
        return await landing.finally(() => this.#landing.delete(landing))
      }
      await Promise.all(drops)
      if (this.#used + cost <= limit || this.#components.candidates.victim() != null) continue
      // Blocks on their way in cannot be evicted yet: once they are there, they can.
      if (this.#landing.size === 0) throw this.#refusal(limit)
      await Promise.race(this.#landing).catch(() => {})
    }
  }

  /** Evicts down to what may be held, as far as the pins allow. */
  async shrink (): Promise<void> {
    await Promise.all(this.#evict(await this.#limit()))
  }

  #evict (target: number): Array<Promise<void>> {
    const drops: Array<Promise<void>> = []
    while (this.#used > target) {
      const victim = this.#components.candidates.victim()
      if (victim == null) break
      drops.push(this.#components.drop(victim))
    }
    return drops
  }

  async #limit (): Promise<number> {
    const { freeSpace } = this.#components
    return Math.min(await freeSpace?.limitBytes(this.#used) ?? this.quotaBytes, this.quotaBytes)
  }

  #refusal (limit: number): Error {
    return limit < this.quotaBytes
      ? new DiskFullError('the disk is fuller than the share to keep free: free some of it')
      : new QuotaExceededError(
        `pinned blocks leave no room in the quota of ${limit} bytes: unpin some or raise it`)
  }
}
