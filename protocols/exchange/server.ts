/**
 * Serving: which peer's block goes out next.
 * in: WANTs of all peers. out: DATA frames, taking turns between the peers whose streams have room,
 * within rates and a number of transfers; MISSING and BUSY.
 *
 * Turns are taken twice: for the next block to be read, and for the next frame to be sent.
 */

import { InvalidMessageError } from '../errors.ts'
import { MAX_QUEUED_WANTS } from '../limits.ts'
import { Judge } from './judge.ts'
import { DATA_BYTES } from './message.ts'
import { type ReaderComponents, readBlock } from './read-block.ts'
import { type Client, MAX_TRANSFERS, Seat, type Slots, STUCK_AFTER_MS } from './seat.ts'
import { type ServingClass, Turns } from './turns.ts'
import type { ServingLimits } from './types.ts'
import { UploadBudgets } from './upload-budgets.ts'
import { LOOK_MS, UploadLine } from './upload-line.ts'
import type { QueuedWant, Urgency } from './want-queue.ts'

export interface ServerComponents extends ReaderComponents {
  limits: ServingLimits
}

export interface ServerInit {
  /** Who gave us much is served more; where peers give us nothing, all are alike. */
  isReciprocal?: boolean
}

const RETRY_AFTER_MS = 200
const MAX_RETRY_AFTER_MS = 10_000

export class Server {
  readonly #components: ServerComponents
  readonly #judge: Judge | undefined
  readonly #budgets: UploadBudgets
  readonly #slots: Slots = { taken: 0 }
  readonly #lines = { lan: new UploadLine(), out: new UploadLine() }
  /** Those with something to do. */
  readonly #active = new Set<Seat>()
  readonly #starts = new Turns<Seat>(seat => this.#startCost(seat))
  readonly #sends = new Turns<Seat>(seat => this.#frameBytes(seat))
  #isPumping = false
  #isStale = false
  #wakeMs = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (components: ServerComponents, { isReciprocal = false }: ServerInit = {}) {
    const { limits, now } = components
    this.#components = components
    this.#judge = isReciprocal ? new Judge(now) : undefined
    this.#budgets = new UploadBudgets(limits)
  }

  join (client: Client): Seat {
    return new Seat(client, this.#budgets.join(client.servingClass), this.#slots)
  }

  /** What it shares with all others that are near like it, or are not. */
  lineTo ({ isOnLan }: { isOnLan: boolean }): UploadLine {
    return isOnLan ? this.#lines.lan : this.#lines.out
  }

  leave (seat: Seat): void {
    seat.clear()
    this.#retire(seat)
    this.pump()
  }

  stop (): void {
    clearTimeout(this.#timer)
    for (const seat of this.#active) {
      seat.clear()
      this.#retire(seat)
    }
  }

  /** @throws InvalidMessageError when a WANT of that id is not answered yet */
  want (seat: Seat, want: QueuedWant): void {
    if (seat.has(want.id)) {
      throw new InvalidMessageError(`a second WANT with id ${want.id}`)
    }
    if (!this.serves(seat.servingClass)) {
      seat.client.busy(want.id, MAX_RETRY_AFTER_MS, want)
      return
    }
    if (seat.size >= MAX_QUEUED_WANTS || this.#components.limits.parallelTransfers === 0) {
      seat.client.busy(want.id, this.#retryAfterMs(seat), want)
      return
    }
    seat.push(want)
    if (!this.#active.has(seat)) {
      this.#active.add(seat)
      this.#starts.add(seat)
      this.#sends.add(seat)
    }
    this.pump()
  }

  /** Another priority and deadline; the answer may have crossed it, and then it means nothing. */
  raise (seat: Seat, change: Urgency): void {
    seat.raise(change)
    this.pump()
  }

  /** False when there is nothing to cancel. */
  cancel (seat: Seat, id: number): boolean {
    const isFound = seat.cancel(id)
    this.#retire(seat)
    this.pump()
    return isFound
  }

  /** False while the link is metered. */
  serves (servingClass: ServingClass): boolean {
    return this.#budgets.serves(servingClass)
  }

  /** The limits changed. */
  adapt (): void {
    for (const seat of this.#active) {
      if (!this.serves(seat.servingClass)) {
        seat.clear().forEach(want => { seat.client.busy(want.id, MAX_RETRY_AFTER_MS, want) })
        this.#retire(seat)
      }
    }
    this.pump()
  }

  /** Reads and sends what can be: after a WANT, a block read, room in a stream, tokens. */
  pump (): void {
    this.#isStale = true
    if (this.#isPumping) {
      return
    }
    this.#isPumping = true
    this.#wakeMs = Infinity
    try {
      this.#lines.lan.tend(this.#components.now())
      this.#lines.out.tend(this.#components.now())
      while (this.#isStale) {
        this.#isStale = false
        this.#weigh()
        this.#startTransfers()
        this.#sendFrames()
      }
    } finally {
      this.#isPumping = false
    }
    clearTimeout(this.#timer)
    if (this.#wakeMs < Infinity) {
      this.#timer = setTimeout(() => { this.pump() }, Math.ceil(this.#wakeMs))
    }
  }

  #weigh (): void {
    if (this.#judge?.isDue !== true) {
      return
    }
    this.#judge.judge(this.#active)
    for (const turns of [this.#starts, this.#sends]) {
      this.#active.forEach(seat => { turns.add(seat) })
      turns.favour(this.#judge.favoured)
    }
  }

  #startTransfers (): void {
    const { limits } = this.#components
    for (let seat = this.#starts.next(); seat != null; seat = this.#starts.next()) {
      if (this.#slots.taken >= limits.parallelTransfers && !this.#park()) {
        this.#wakeIn(STUCK_AFTER_MS)
        return
      }
      this.#starts.spend()
      const transfer = seat.start()
      if (transfer != null) {
        void readBlock(this.#components, seat, transfer).then(() => {
          this.#retire(seat)
          this.pump()
        })
      }
    }
  }

  /** Where slots are scarce, each peer has few at a time, so that the turns decide. */
  #startCost (seat: Seat): number | undefined {
    const { limits, now } = this.#components
    const share = Math.floor(limits.parallelTransfers * this.#starts.portionOf(seat))
    const bound = Math.max(1, Math.min(MAX_TRANSFERS, share))
    return seat.mayStart(bound, now) ? seat.firstBytes : undefined
  }

  #sendFrames (): void {
    for (let seat = this.#sends.next(); seat != null; seat = this.#sends.next()) {
      this.#sendFrame(seat)
    }
  }

  /** Bytes of the seat's next frame, where there is one and it may go now. */
  #frameBytes (seat: Seat): number | undefined {
    const transfer = seat.next()
    if (!seat.client.isWritable) {
      seat.fullSinceMs ??= this.#components.now()
      return undefined
    }
    if (seat.fullSinceMs != null) {
      seat.fullSinceMs = undefined
      // Its blocks may have been parked.
      this.#isStale = true
    }
    if (transfer?.bytes == null) {
      return undefined
    }
    const { roomBytes } = seat.client
    if (roomBytes === 0) {
      // Nobody tells when it is known that what somebody was sent is not on our line any more.
      this.#wakeIn(LOOK_MS)
      return undefined
    }
    const budget = this.#budgets.of(seat)
    const waitMs = budget.isLimited ? budget.waitMs(this.#components.now()) : 0
    if (waitMs > 0) {
      this.#wakeIn(waitMs)
      return undefined
    }
    return Math.min(budget.pieceBytes, roomBytes, transfer.bytes.byteLength - transfer.offset)
  }

  #sendFrame (seat: Seat): void {
    const transfer = seat.next()
    const size = this.#sends.cost
    this.#sends.spend()
    if (transfer?.bytes == null) {
      return
    }
    const { bytes, offset, want } = transfer
    this.#budgets.of(seat).spend(size)
    transfer.offset += size
    if (transfer.offset >= bytes.byteLength) {
      seat.finish(transfer, true)
      this.#retire(seat)
      this.#isStale = true
    }
    seat.client.data(want.id, offset, bytes.byteLength, bytes.subarray(offset, offset + size))
  }

  /** Gives the transfers of peers that take no bytes to others. True when there were such. */
  #park (): boolean {
    const before = this.#slots.taken
    for (const seat of this.#active) {
      if (seat.isStuck(this.#components.now)) {
        seat.park()
      }
    }
    return this.#slots.taken < before
  }

  /** Takes no more turns when nothing is left to do for it. */
  #retire (seat: Seat): void {
    if (seat.size === 0 && this.#active.delete(seat)) {
      this.#starts.delete(seat)
      this.#sends.delete(seat)
    }
  }

  #wakeIn (ms: number): void {
    this.#wakeMs = Math.min(this.#wakeMs, ms)
  }

  /** As long as the peer's queue will take at our upload rate. */
  #retryAfterMs (seat: Seat): number {
    const rate = this.#components.limits.uploadBytesPerSecond
    const ms = rate === 0 ? RETRY_AFTER_MS : seat.size * DATA_BYTES / rate * 1000
    return Math.min(MAX_RETRY_AFTER_MS, Math.max(RETRY_AFTER_MS, Math.ceil(ms)))
  }
}
