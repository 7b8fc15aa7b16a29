/**
 * One peer's place at the server: the WANTs it has queued, and those being sent to it.
 */

import { isBefore, type QueuedWant, type Urgency, WantQueue } from './want-queue.ts'

/** The peer, as the server sees it. */
export interface Client {
  /** True when the stream takes another DATA frame. */
  readonly isWritable: boolean
  data (id: number, offset: number, total: number, payload: Uint8Array): void
  missing (id: number): void
  busy (id: number, retryAfterMs: number, want: QueuedWant): void
}

export interface Transfer {
  want: QueuedWant
  /** Undefined while the block is being read. */
  bytes: Uint8Array | undefined
  /** Where in the block the next frame starts. */
  offset: number
  /** Cancelled while its block is being read: it keeps its place till then, which bounds reads. */
  isDropped: boolean
}

/**
 * Blocks read ahead for one peer, so that the stream never waits for the disk; the last for what is
 * urgent.
 */
const MAX_TRANSFERS = 4

export const STUCK_AFTER_MS = 1000

export class Seat {
  readonly client: Client
  /** Bytes this peer may still send in its turn. */
  deficit = 0
  /** When the stream was first found full, and has been since. */
  fullSinceMs: number | undefined
  readonly #queue = new WantQueue()
  #transfers: Transfer[] = []

  constructor (client: Client) {
    this.client = client
  }

  /** WANTs not answered yet. */
  get size (): number {
    return this.#queue.size + this.#transfers.length
  }

  get transfers (): number {
    return this.#transfers.length
  }

  has (id: number): boolean {
    return this.#queue.has(id) || this.#transfers.some(({ want }) => want.id === id)
  }

  /** True when a block should be read now: ahead of the stream, unless that has long been full. */
  mayStart (nowMs: number): boolean {
    const first = this.#queue.peek()
    const bound = first?.priority === 0 ? MAX_TRANSFERS : MAX_TRANSFERS - 1
    return first != null && this.#transfers.length < bound && !this.isStuck(nowMs)
  }

  /** True when the peer has taken no bytes for long. */
  isStuck (nowMs: number): boolean {
    return this.fullSinceMs != null && nowMs - this.fullSinceMs >= STUCK_AFTER_MS
  }

  push (want: QueuedWant): void {
    this.#queue.push(want)
  }

  /** Takes the first of the queue into transfer. */
  start (): Transfer | undefined {
    const want = this.#queue.shift()
    if (want == null) {
      return undefined
    }
    const transfer: Transfer = { want, bytes: undefined, offset: want.offset, isDropped: false }
    this.#transfers.push(transfer)
    return transfer
  }

  /** The transfer whose next frame goes out first. */
  next (): Transfer | undefined {
    let best: Transfer | undefined
    for (const transfer of this.#transfers) {
      if (transfer.bytes != null && (best == null || isBefore(transfer.want, best.want))) {
        best = transfer
      }
    }
    return best
  }

  includes (transfer: Transfer): boolean {
    return this.#transfers.includes(transfer)
  }

  finish (transfer: Transfer): void {
    this.#transfers = this.#transfers.filter(other => other !== transfer)
  }

  /** Changes how urgent a WANT is; without effect when there is none of that id. */
  raise (change: Urgency): void {
    const transfer = this.#transfers.find(({ want }) => want.id === change.id)
    if (transfer == null) {
      this.#queue.raise(change)
    } else {
      transfer.want = { ...transfer.want, ...change }
    }
  }

  /** Drops a WANT. False when there was none of that id. */
  cancel (id: number): boolean {
    const transfer = this.#transfers.find(({ want, isDropped }) => want.id === id && !isDropped)
    if (transfer == null) {
      return this.#queue.remove(id)
    }
    transfer.isDropped = true
    if (transfer.bytes != null) {
      this.finish(transfer)
    }
    return true
  }

  /** Lets go of the blocks that were read; they are read again when the peer takes bytes again. */
  park (): void {
    const read = this.#transfers.filter(({ bytes }) => bytes != null)
    this.#transfers = this.#transfers.filter(({ bytes }) => bytes == null)
    for (const { want, offset } of read) {
      this.#queue.push({ ...want, offset })
    }
  }

  clear (): void {
    this.#transfers = []
    while (this.#queue.shift() != null) { /* one by one */ }
  }
}
