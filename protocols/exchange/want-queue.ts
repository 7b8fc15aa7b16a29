/**
 * The order in which one peer's WANTs are served: priority, then deadline, then arrival.
 * It never orders one peer before another: else everybody would say "urgent".
 */

import type { CID } from 'multiformats/cid'

export interface QueuedWant {
  readonly id: number
  readonly cid: CID
  /** The title, where the peer named a channel. */
  readonly content: CID | undefined
  /** Bytes the peer expects at most. */
  readonly size: number
  readonly offset: number
  /** 0 is the most urgent. */
  readonly priority: number
  /** Infinity for none. */
  readonly deadlineMs: number
  /** Of a WANT that we pass on: what the next hop sent, verified. */
  readonly block?: Uint8Array
}

/** Which WANT, and how urgent it is now. */
export type Urgency = Pick<QueuedWant, 'id' | 'priority' | 'deadlineMs'>

export function isBefore (a: QueuedWant, b: QueuedWant): boolean {
  return a.priority < b.priority || (a.priority === b.priority && a.deadlineMs < b.deadlineMs)
}

/** Bounded by whoever pushes, who refuses WANTs past a number. */
export class WantQueue<T extends QueuedWant = QueuedWant> {
  readonly #wants: T[] = []

  get size (): number {
    return this.#wants.length
  }

  has (id: number): boolean {
    return this.#wants.some(want => want.id === id)
  }

  peek (): T | undefined {
    return this.#wants[0]
  }

  push (want: T): void {
    const after = this.#wants.findIndex(other => isBefore(want, other))
    this.#wants.splice(after === -1 ? this.#wants.length : after, 0, want)
  }

  /** Puts a WANT where it belongs now. Without effect when it is not here. */
  raise (change: Urgency): void {
    const want = this.#wants.find(({ id }) => id === change.id)
    if (want != null && this.remove(change.id)) {
      this.push({ ...want, ...change })
    }
  }

  shift (): T | undefined {
    return this.#wants.shift()
  }

  /** False when it was not there. */
  remove (id: number): boolean {
    const at = this.#wants.findIndex(want => want.id === id)
    if (at !== -1) {
      this.#wants.splice(at, 1)
    }
    return at !== -1
  }
}
