/**
 * Blocks of one title in the order of their numbers. in: blocks, mostly in that order already.
 * out: the last.
 */

import type { BlockKey } from './key.ts'

export class SortedBlocks {
  readonly #numbers: number[] = []
  readonly #keys: BlockKey[] = []

  /** The block of the highest number. */
  get last (): BlockKey | undefined {
    return this.#keys.at(-1)
  }

  insert (number: number, key: BlockKey): void {
    const at = this.#firstAfter(number)
    this.#numbers.splice(at, 0, number)
    this.#keys.splice(at, 0, key)
  }

  /** True when it was there. */
  delete (number: number, key: BlockKey): boolean {
    for (let at = this.#firstAfter(number) - 1; this.#numbers[at] === number; at--) {
      if (this.#keys[at] !== key) continue
      this.#numbers.splice(at, 1)
      this.#keys.splice(at, 1)
      return true
    }
    return false
  }

  /** Where the first block of a higher number stands. */
  #firstAfter (number: number): number {
    let low = 0
    let high = this.#numbers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#numbers[middle]! <= number) low = middle + 1
      else high = middle
    }
    return low
  }
}
