/**
 * About how often a block was used lately, also such as are not here. A count-min sketch whose
 * counters are halved now and then, so that yesterday's hit does not outlive its day.
 * in: uses. out: 0 … 15, never too low but for the halving.
 *
 * Four bytes a block: one counter in each of four rows, at places that the block's hash names.
 */

import type { BlockKey } from './key.ts'

const ROWS = 4
const MAX_COUNT = 15
const FIRST_WIDTH = 1024
const MAX_WIDTH = 2 ** 24
/** Uses a counter between two halvings. Higher: a longer memory; lower: follows fashions faster. */
const USES_A_COUNTER = 2

/** Characters of the key before its hash. */
const HASH_AT = 1

export class FrequencySketch {
  #width = FIRST_WIDTH
  /** Row after row. */
  #counts = new Uint8Array(ROWS * FIRST_WIDTH)
  #uses = 0

  /** Makes the rows wide enough for so many different blocks; what was counted stays. */
  fit (blocks: number): void {
    while (this.#width < blocks && this.#width < MAX_WIDTH) this.#double()
  }

  use (key: BlockKey): void {
    for (let row = 0; row < ROWS; row++) {
      const at = this.#at(key, row)
      const count = this.#counts[at]!
      if (count < MAX_COUNT) this.#counts[at] = count + 1
    }
    if (++this.#uses >= this.#width * USES_A_COUNTER) this.#halve()
  }

  count (key: BlockKey): number {
    let least = MAX_COUNT
    for (let row = 0; row < ROWS; row++) least = Math.min(least, this.#counts[this.#at(key, row)]!)
    return least
  }

  /** A key is a hash already: each row takes four bytes of its own. */
  #at (key: BlockKey, row: number): number {
    const from = HASH_AT + row * 4
    const word = key.charCodeAt(from) | key.charCodeAt(from + 1) << 8 |
      key.charCodeAt(from + 2) << 16 | key.charCodeAt(from + 3) << 24
    return row * this.#width + (word & this.#width - 1)
  }

  /** The new place of a block is its old one or that plus the old width, so both get its count. */
  #double (): void {
    const counts = new Uint8Array(this.#counts.length * 2)
    for (let row = 0; row < ROWS; row++) {
      const old = this.#counts.subarray(row * this.#width, (row + 1) * this.#width)
      counts.set(old, row * 2 * this.#width)
      counts.set(old, (row * 2 + 1) * this.#width)
    }
    this.#counts = counts
    this.#width *= 2
  }

  #halve (): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! >>= 1
    this.#uses >>= 1
  }
}
