/**
 * What racing sources may cost, over all blocks of a node.
 * in: bytes that were of use, bytes that were not. out: whether a second source may be asked beside
 * the first.
 *
 * However wrong our expectations are, and however slow the world, at most {@link SHARE} of what is
 * received is received for nothing; and a storm of hedges, which makes everybody slower, cannot
 * feed itself.
 */

/** Higher: slow sources cost less time; lower: fewer bytes twice. */
export const SHARE = 0.04

/**
 * To begin with: so that the first segment of a song may be raced for. Higher: who starts among
 * slow sources, or on a slow machine, may waste more of a short title than {@link SHARE}.
 */
export const FIRST_BYTES = 128 * 1024

/** Higher: a long good time allows for a longer bad one. */
export const MAX_BYTES = 2 * 1024 * 1024

export class HedgeBudget {
  #bytes = FIRST_BYTES

  get isOpen (): boolean {
    return this.#bytes > 0
  }

  /** So much was received for nothing that not even what is urgent may be raced for. */
  get isOverdrawn (): boolean {
    return this.#bytes < -FIRST_BYTES
  }

  /** Received from others, and of use. */
  earn (bytes: number): void {
    this.#bytes = Math.min(MAX_BYTES, this.#bytes + SHARE * bytes)
  }

  /** Received for nothing. */
  spend (bytes: number): void {
    this.#bytes -= bytes
  }

  /** What a race may cost at most is kept back while it goes on. The function ends it. */
  reserve (bytes: number): () => void {
    this.#bytes -= bytes
    return () => { this.#bytes = Math.min(MAX_BYTES, this.#bytes + bytes) }
  }
}
