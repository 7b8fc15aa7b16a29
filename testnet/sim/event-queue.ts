/**
 * What is to happen when. in: events at any time. out: the earliest first; of those of one time,
 * the one that was added first.
 *
 * A binary heap. An event that is taken back stays in it, empty, until its time has come: most
 * timers of a node are deadlines that are not reached, and to find them would cost more.
 */

export interface QueuedEvent {
  readonly atMs: number
  readonly order: number
  /** Undefined once it is taken back. */
  run: (() => void) | undefined
}

export class EventQueue {
  readonly #heap: QueuedEvent[] = []
  #added = 0

  add (atMs: number, run: () => void): QueuedEvent {
    const event = { atMs, order: this.#added++, run }
    this.#rise(this.#heap.length, event)
    return event
  }

  /** Undefined when nothing is left. */
  shift (): QueuedEvent | undefined {
    for (;;) {
      const [first] = this.#heap
      const last = this.#heap.pop()
      if (first == null || last == null) return undefined
      if (this.#heap.length > 0) this.#sink(last)
      if (first.run != null) return first
    }
  }

  #rise (from: number, event: QueuedEvent): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  /** Takes the place of the first. */
  #sink (event: QueuedEvent): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, event)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = event
  }
}

function isBefore (one: QueuedEvent, other: QueuedEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
