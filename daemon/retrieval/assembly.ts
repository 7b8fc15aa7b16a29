/**
 * One block as it comes together.
 * in: what requests bring, in whole or in part. out: the block once its bytes hash to its CID; who
 * lied when they did not.
 */

import type { Sha256 } from '../../protocols/cid.ts'
import { checkBlock } from '../../protocols/content/check.ts'
import { BlockTooLargeError } from '../../protocols/errors.ts'
import { type Ask, type Asks, reachOf } from './asks.ts'
import { joined, lengthOf, liars } from './parts.ts'
import type { BlockSource, BlockWant } from './types.ts'

type Parts = Ask['head']

export class Assembly {
  readonly #sha256: Sha256
  /** The longest beginning that is left of requests which ended early. */
  #left: Parts = []
  /** Put together wrongly: somebody lied. */
  readonly #disputed: Parts[] = []
  #isWholeOnly = false

  constructor (components: { sha256: Sha256 }) {
    this.#sha256 = components.sha256
  }

  /** What is here of the block, for the next source to go on from. */
  beginning (asks: Asks): Parts {
    if (this.#isWholeOnly) {
      return []
    }
    const coming = asks.head()
    return lengthOf(coming) > lengthOf(this.#left) ? coming : this.#left
  }

  /** A request ended early: what it brought may be of use. */
  leave (ask: Ask): void {
    const beginning = reachOf(ask)
    if (lengthOf(beginning) > lengthOf(this.#left)) {
      this.#left = beginning
    }
  }

  /** The beginning may be wrong: from now on sources are asked for the whole, which tells. */
  doubt (): void {
    this.#isWholeOnly = true
  }

  /**
   * The block, when the parts are that; undefined when one of several is wrong.
   *
   * @throws BlockMismatchError BlockTooLargeError when it can only be the one source
   */
  async complete (parts: Parts, { cid, size }: BlockWant): Promise<Uint8Array | undefined> {
    const bytes = joined(parts)
    try {
      if (bytes.byteLength > size) {
        throw new BlockTooLargeError(`${bytes.byteLength} bytes came for a block of ${size}`)
      }
      await checkBlock(cid, bytes, this.#sha256)
      return bytes
    } catch (err) {
      if (parts.length === 1) {
        throw err
      }
      this.doubt()
      this.#disputed.push(parts)
      return undefined
    }
  }

  /** Those who sent something else than what stands in the block. */
  liars (block: Uint8Array): Set<BlockSource> {
    return new Set(this.#disputed.flatMap(parts => liars(parts, block)))
  }
}
