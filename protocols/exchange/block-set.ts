/**
 * Block numbers as a bitfield that starts and ends where it must, under a budget shared with
 * others. Bit n, least significant first, is block base + n: as in HAVE.
 */

/** Bytes that several sets may take together. */
export class ByteBudget {
  #left: number

  constructor (bytes: number) {
    this.#left = bytes
  }

  take (bytes: number): boolean {
    if (bytes > this.#left) {
      return false
    }
    this.#left -= bytes
    return true
  }

  give (bytes: number): void {
    this.#left += bytes
  }
}

const MIN_SPARE_BYTES = 16

export class BlockSet {
  readonly #budget: ByteBudget
  /** Number of the byte that #bytes starts at. */
  #start = 0
  #bytes = new Uint8Array(0)
  #size = 0

  constructor (budget: ByteBudget) {
    this.#budget = budget
  }

  /** Blocks in the set. */
  get size (): number {
    return this.#size
  }

  has (block: number): boolean {
    return ((this.#bytes[(block >>> 3) - this.#start] ?? 0) & (1 << (block & 7))) !== 0
  }

  /** False when there is no room to remember it. */
  add (block: number): boolean {
    const byte = block >>> 3
    return this.#reach(byte, byte + 1) && this.#or(byte, 1 << (block & 7))
  }

  delete (block: number): void {
    if (this.has(block)) {
      this.#bytes[(block >>> 3) - this.#start]! ^= 1 << (block & 7)
      this.#size--
    }
  }

  /** Adds what a bitfield says. False when there is no room to remember it. */
  addAll (base: number, bitfield: Uint8Array): boolean {
    const start = base >>> 3
    const shift = base & 7
    if (!this.#reach(start, start + bitfield.byteLength + 1)) {
      return false
    }
    for (const [index, byte] of bitfield.entries()) {
      this.#or(start + index, (byte << shift) & 0xff)
      this.#or(start + index + 1, byte >>> (8 - shift))
    }
    return true
  }

  clear (): void {
    this.#budget.give(this.#bytes.byteLength)
    this.#bytes = new Uint8Array(0)
    this.#size = 0
  }

  #or (byte: number, bits: number): true {
    const at = byte - this.#start
    const added = bits & ~this.#bytes[at]!
    this.#bytes[at]! |= added
    for (let left = added; left !== 0; left &= left - 1) {
      this.#size++
    }
    return true
  }

  // Grows to hold the bytes from `start` up to `end`, where the budget has them. By half at least:
  // else a neighbour could make each of many small additions cost a copy of all.
  #reach (start: number, end: number): boolean {
    const had = this.#bytes.byteLength
    let from = had === 0 ? start : Math.min(start, this.#start)
    let to = had === 0 ? end : Math.max(end, this.#start + had)
    if (to - from === had) {
      return true
    }
    const spare = Math.max(MIN_SPARE_BYTES, had >>> 1)
    if (had > 0 && from < this.#start) {
      from = Math.max(0, from - spare)
    } else {
      to += spare
    }
    if (!this.#budget.take(to - from - had)) {
      return false
    }
    const grown = new Uint8Array(to - from)
    grown.set(this.#bytes, had === 0 ? 0 : this.#start - from)
    this.#bytes = grown
    this.#start = from
    return true
  }
}
