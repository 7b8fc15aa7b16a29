/**
 * Bytes received for one block that were of no use.
 * in: what each request brought, and what the block was made of. out: the rest, by kind of source.
 */

import type { Ask } from './asks.ts'
import type { Part } from './parts.ts'
import type { BlockSource, RetrievalMetrics } from './types.ts'

export class Waste {
  readonly #metrics: RetrievalMetrics
  readonly #received = new Map<BlockSource, number>()
  #isOver = false

  constructor (metrics: RetrievalMetrics) {
    this.#metrics = metrics
  }

  /** A request ended, with what it brought. */
  received ({ source, receivedBytes }: Pick<Ask, 'source' | 'receivedBytes'>): void {
    if (!this.#isOver) {
      this.#add(source, receivedBytes)
    }
  }

  used (parts: ReadonlyArray<Part<BlockSource>>): void {
    for (const { source, bytes } of parts) {
      this.#add(source, -bytes.byteLength)
    }
  }

  /** Block bytes came after their request was given up. */
  late ({ kind }: BlockSource, bytes: number): void {
    this.#metrics.wasted(kind, bytes)
  }

  /** The hunt is over; `open` are the requests that were given up with it. */
  end (open: readonly Ask[]): void {
    open.forEach(ask => { this.received(ask) })
    this.#isOver = true
    for (const [{ kind }, bytes] of this.#received) {
      if (bytes > 0) {
        this.#metrics.wasted(kind, bytes)
      }
    }
  }

  #add (source: BlockSource, bytes: number): void {
    this.#received.set(source, (this.#received.get(source) ?? 0) + bytes)
  }
}
