/**
 * Where in a title a block stands, for every block of it that we have met.
 * in: CIDs with a number. out: the numbers of a CID (a block may stand in several places).
 *
 * Twelve bytes an entry at half load: the first 64 bits of the digest and the number. Two digests
 * that agree in 64 bits would cost a wrong "have", answered by "missing"; no byte is trusted
 * because of it.
 */

import type { CID } from 'multiformats/cid'

const WORDS = 3
const EMPTY = 0xffffffff
const FIRST_CAPACITY = 64

export class PositionTable {
  #capacity = FIRST_CAPACITY
  #size = 0
  #words = emptyTable(FIRST_CAPACITY)

  get size (): number {
    return this.#size
  }

  /** `position` is below 2^32 - 1. Adding it twice changes nothing. */
  add (cid: CID, position: number): void {
    const [high, low] = prefix(cid)
    if (this.#insert(high, low, position)) {
      this.#size++
      if (this.#size * 2 > this.#capacity) {
        this.#grow()
      }
    }
  }

  /** Every position of the CID. */
  get (cid: CID): number[] {
    const [high, low] = prefix(cid)
    const found: number[] = []
    for (let slot = this.#slot(high); ; slot = (slot + 1) % this.#capacity) {
      const at = slot * WORDS
      const position = this.#words[at + 2]!
      if (position === EMPTY) {
        return found
      }
      if (this.#words[at] === high && this.#words[at + 1] === low) {
        found.push(position)
      }
    }
  }

  #insert (high: number, low: number, position: number): boolean {
    for (let slot = this.#slot(high); ; slot = (slot + 1) % this.#capacity) {
      const at = slot * WORDS
      const known = this.#words[at + 2]!
      if (known === EMPTY) {
        this.#words.set([high, low, position], at)
        return true
      }
      if (known === position && this.#words[at] === high && this.#words[at + 1] === low) {
        return false
      }
    }
  }

  #grow (): void {
    const old = this.#words
    this.#capacity *= 2
    this.#words = emptyTable(this.#capacity)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 2] !== EMPTY) {
        this.#insert(old[at]!, old[at + 1]!, old[at + 2]!)
      }
    }
  }

  #slot (high: number): number {
    return high % this.#capacity
  }
}

function emptyTable (capacity: number): Uint32Array {
  return new Uint32Array(capacity * WORDS).fill(EMPTY)
}

function prefix ({ multihash: { digest } }: CID): [number, number] {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  return [view.getUint32(0), view.getUint32(4)]
}
