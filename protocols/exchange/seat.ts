/**
 * One peer's place at the server: the WANTs it has queued, and those being sent to it.
 */

import type { Clock } from '../clock.ts'
import type { Budget } from './budget.ts'
import type { Balance } from './standing.ts'
import type { Member, ServingClass } from './turns.ts'
import type { Entry } from './types.ts'
import { isBefore, type QueuedWant, type Urgency, WantQueue } from './want-queue.ts'

/** The peer, as the server sees it. */
export interface Client {
  /** Its ID. */
  readonly id: string
  readonly servingClass: ServingClass
  readonly balance: Balance
  /** True when the stream takes another DATA frame. */
  readonly isWritable: boolean
  /** What there is room for on our line, as things are; 0 for little. */
  readonly roomBytes: number
  data (id: number, offset: number, total: number, payload: Uint8Array): void
  missing (id: number): void
  /** Without `providers`, those we know of are named. */
  busy (id: number, retryAfterMs: number, want: QueuedWant, providers?: string[]): void
}

/** Transfers of all seats together. */
export interface Slots { taken: number }

export interface Transfer {
  want: QueuedWant
  /** Undefined while the block is being read. */
  bytes: Uint8Array | undefined
  /** Where in the block the next frame starts. */
  offset: number
  /** Cancelled while its block is being read: it keeps its place till then, which bounds reads. */
  isDropped: boolean
  /** Of the software switch, where there is one. */
  entry: Entry | undefined
}

/** Blocks read ahead for one peer, so that the stream never waits for the disk. */
export const MAX_TRANSFERS = 3

export const STUCK_AFTER_MS = 1000

export class Seat implements Member {
  readonly client: Client
  readonly budget: Budget
  readonly servingClass: ServingClass
  weight = 1
  /** When it last had the extra share. */
  favouredMs = -Infinity
  /** When the stream was first found full, and has been since. */
  fullSinceMs: number | undefined
  readonly #slots: Slots
  readonly #queue = new WantQueue()
  #transfers: Transfer[] = []

  constructor (client: Client, budget: Budget, slots: Slots) {
    this.client = client
    this.servingClass = client.servingClass
    this.budget = budget
    this.#slots = slots
  }

  /** WANTs not answered yet. */
  get size (): number {
    return this.#queue.size + this.#transfers.length
  }

  /** Bytes of the WANT that is first in the queue. */
  get firstBytes (): number {
    const first = this.#queue.peek()
    return first == null ? 0 : Math.max(0, first.size - first.offset)
  }

  has (id: number): boolean {
    return this.#queue.has(id) || this.#transfers.some(({ want }) => want.id === id)
  }

  /**
   * True when a block should be read now: ahead of the stream, unless that has long been full. Up
   * to `bound`, and one more for what is urgent.
   */
  mayStart (bound: number, now: Clock): boolean {
    const first = this.#queue.peek()
    return first != null && !this.isStuck(now) &&
      this.#transfers.length < (first.priority === 0 ? bound + 1 : bound)
  }

  /** True when the peer has taken no bytes for long. */
  isStuck (now: Clock): boolean {
    return this.fullSinceMs != null && now() - this.fullSinceMs >= STUCK_AFTER_MS
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
    const transfer: Transfer =
      { want, bytes: undefined, offset: want.offset, isDropped: false, entry: undefined }
    this.#transfers.push(transfer)
    this.#slots.taken++
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

  /** `isSent` when all of it was handed over. Without effect the second time. */
  finish (transfer: Transfer, isSent = false): void {
    const at = this.#transfers.indexOf(transfer)
    if (at !== -1) {
      this.#transfers.splice(at, 1)
      this.#slots.taken--
      transfer.entry?.leave(isSent)
    }
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
    for (const transfer of this.#transfers.filter(({ bytes }) => bytes != null)) {
      this.finish(transfer)
      this.#queue.push({ ...transfer.want, offset: transfer.offset })
    }
  }

  /** Drops all, and returns what has not been answered. */
  clear (): QueuedWant[] {
    const transfers = [...this.#transfers]
    transfers.forEach(transfer => { this.finish(transfer) })
    const wants = transfers.filter(({ isDropped }) => !isDropped).map(({ want }) => want)
    for (let want = this.#queue.shift(); want != null; want = this.#queue.shift()) {
      wants.push(want)
    }
    return wants
  }
}
