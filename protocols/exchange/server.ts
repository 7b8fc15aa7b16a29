/**
 * Serving: which peer's block goes out next.
 * in: WANTs of all peers. out: DATA frames, by deficit round robin between the peers whose streams
 * have room, within a rate and a number of transfers; MISSING and BUSY.
 */

import type { Logger } from '@libp2p/interface'
import type { Clock } from '../clock.ts'
import { InvalidMessageError } from '../errors.ts'
import { MAX_QUEUED_WANTS } from '../limits.ts'
import { DATA_BYTES } from './message.ts'
import { type Client, Seat, STUCK_AFTER_MS, type Transfer } from './seat.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Inventory, ServingLimits } from './types.ts'
import type { QueuedWant, Urgency } from './want-queue.ts'

export interface ServerComponents {
  inventory: Inventory
  limits: ServingLimits
  now: Clock
  log: Logger
}

/** What a peer may send in its turn. Higher: fewer turns; lower: finer fairness. */
const QUANTUM_BYTES = DATA_BYTES

const RETRY_AFTER_MS = 200
const MAX_RETRY_AFTER_MS = 10_000

export class Server {
  readonly #components: ServerComponents
  readonly #bucket = new TokenBucket(DATA_BYTES)
  /** Those with something to do; whoever had its turn stands last. */
  readonly #seats = new Set<Seat>()
  #isPumping = false
  #isStale = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (components: ServerComponents) {
    this.#components = components
  }

  join (client: Client): Seat {
    return new Seat(client)
  }

  leave (seat: Seat): void {
    seat.clear()
    this.#seats.delete(seat)
    this.pump()
  }

  stop (): void {
    clearTimeout(this.#timer)
    for (const seat of this.#seats) {
      seat.clear()
    }
    this.#seats.clear()
  }

  /** @throws InvalidMessageError when a WANT of that id is not answered yet */
  want (seat: Seat, want: QueuedWant): void {
    if (seat.has(want.id)) {
      throw new InvalidMessageError(`a second WANT with id ${want.id}`)
    }
    if (seat.size >= MAX_QUEUED_WANTS || this.#components.limits.parallelTransfers === 0) {
      seat.client.busy(want.id, this.#retryAfterMs(seat), want)
      return
    }
    seat.push(want)
    this.#seats.add(seat)
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
    this.pump()
    return isFound
  }

  /** Reads and sends what can be: after a WANT, a block read, room in a stream, tokens. */
  pump (): void {
    this.#isStale = true
    if (this.#isPumping) {
      return
    }
    this.#isPumping = true
    try {
      while (this.#isStale) {
        this.#isStale = false
        this.#startTransfers()
        this.#sendFrames()
      }
    } finally {
      this.#isPumping = false
    }
  }

  #startTransfers (): void {
    for (const seat of this.#seats) {
      if (!seat.mayStart(this.#components.now())) {
        continue
      }
      if (this.#transfers() >= this.#components.limits.parallelTransfers && !this.#park()) {
        this.#pumpIn(STUCK_AFTER_MS)
        return
      }
      this.#moveLast(seat)
      const transfer = seat.start()
      if (transfer != null) {
        void this.#read(seat, transfer)
      }
    }
  }

  async #read (seat: Seat, transfer: Transfer): Promise<void> {
    const { inventory, now, log } = this.#components
    const { id, cid, size, offset, deadlineMs } = transfer.want
    if (deadlineMs < now()) {
      seat.finish(transfer)
      seat.client.busy(id, 0, transfer.want)
      return
    }
    const bytes = await inventory.get(cid).catch((err: unknown) => {
      log.error('could not read %c - %e', cid, err)
      return undefined
    })
    if (!seat.includes(transfer)) {
      return
    }
    const isMissing = bytes == null || bytes.byteLength > size ||
      (offset > 0 && bytes.byteLength <= offset)
    if (transfer.isDropped) {
      seat.finish(transfer)
    } else if (isMissing) {
      seat.finish(transfer)
      seat.client.missing(id)
    }
    transfer.bytes = bytes
    this.pump()
  }

  #sendFrames (): void {
    for (const seat of this.#seats) {
      if (seat.size === 0) {
        this.#seats.delete(seat)
      }
      if (seat.client.isWritable) {
        this.#isStale ||= seat.fullSinceMs != null
        seat.fullSinceMs = undefined
      } else {
        seat.fullSinceMs ??= this.#components.now()
        continue
      }
      if (seat.next() == null) {
        seat.deficit = 0
        continue
      }
      const waitMs = this.#turn(seat)
      if (waitMs > 0) {
        this.#pumpIn(waitMs)
        return
      }
      this.#moveLast(seat)
    }
  }

  /** One peer's turn. Returns how long to wait for tokens, 0 for not at all. */
  #turn (seat: Seat): number {
    const { limits, now } = this.#components
    if (seat.deficit < DATA_BYTES) {
      seat.deficit += QUANTUM_BYTES
    }
    for (let transfer = seat.next(); seat.client.isWritable; transfer = seat.next()) {
      if (transfer?.bytes == null) {
        break
      }
      const { bytes, offset, want } = transfer
      const payload = bytes.subarray(offset, offset + DATA_BYTES)
      if (payload.byteLength > seat.deficit) {
        return 0
      }
      const waitMs = this.#bucket.take(payload.byteLength, limits.uploadBytesPerSecond, now())
      if (waitMs > 0) {
        return waitMs
      }
      seat.deficit -= payload.byteLength
      transfer.offset += payload.byteLength
      if (transfer.offset >= bytes.byteLength) {
        seat.finish(transfer)
        this.#isStale = true
      }
      seat.client.data(want.id, offset, bytes.byteLength, payload)
    }
    return 0
  }

  #transfers (): number {
    let transfers = 0
    for (const seat of this.#seats) {
      transfers += seat.transfers
    }
    return transfers
  }

  /** Gives the transfers of peers that take no bytes to others. True when there were such. */
  #park (): boolean {
    const before = this.#transfers()
    for (const seat of this.#seats) {
      if (seat.isStuck(this.#components.now())) {
        seat.park()
      }
    }
    return this.#transfers() < before
  }

  #moveLast (seat: Seat): void {
    this.#seats.delete(seat)
    this.#seats.add(seat)
  }

  #pumpIn (ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { this.pump() }, Math.ceil(ms))
  }

  /** As long as the peer's queue will take at our upload rate. */
  #retryAfterMs (seat: Seat): number {
    const rate = this.#components.limits.uploadBytesPerSecond
    const ms = rate === 0 ? RETRY_AFTER_MS : seat.size * QUANTUM_BYTES / rate * 1000
    return Math.min(MAX_RETRY_AFTER_MS, Math.max(RETRY_AFTER_MS, Math.ceil(ms)))
  }
}
