/**
 * Our WANTs to one neighbour.
 * in: a block wanted, its DATA, MISSING and BUSY. out: the bytes sent, NOT yet verified.
 *
 * Bytes are copied once, from the stream's chunk into the block's own buffer.
 */

import type { Clock } from '../clock.ts'
import {
  BlockTooLargeError, DeadlineError, InvalidMessageError, PeerBusyError, PeerGoneError
} from '../errors.ts'
import { MAX_BLOCK_BYTES, MAX_INFLIGHT_WANTS } from '../limits.ts'
import type { Body } from './message.ts'
import { Throughput } from './throughput.ts'
import type { Priority, Want } from './types.ts'

export interface RequestsInit {
  send: <K extends 'want' | 'cancel'>(kind: K, body: Partial<Body<K>>) => void
  now: Clock
  /** WANTs the neighbour will queue for us. */
  maxWants: () => number
  /** For a WANT without a deadline of its own, and the most any may have. */
  timeoutMs: number
}

interface Pending {
  size: number
  bytes: Uint8Array | undefined
  received: number
  resolve: (bytes: Uint8Array | undefined) => void
  reject: (error: unknown) => void
}

const PRIORITIES: Record<Priority, number> = { urgent: 0, playing: 1, prefetch: 2, offline: 3 }

export class Requests {
  readonly #init: RequestsInit
  readonly #pending = new Map<number, Pending>()
  readonly #throughput = new Throughput()
  #lastId = 0
  #filling: { id: number, pending: Pending } | undefined
  /** What may still come for WANTs we cancelled: bytes, and one for the frame that ends each. */
  #stale = 0
  #gone: PeerGoneError | undefined

  constructor (init: RequestsInit) {
    this.#init = init
  }

  get inFlight (): number {
    return this.#pending.size
  }

  get rateBytesPerSecond (): number | undefined {
    return this.#throughput.bytesPerSecond
  }

  /** @throws DeadlineError PeerBusyError PeerGoneError BlockTooLargeError or the signal's reason */
  async want (
    want: Want, channel: number, options: { signal?: AbortSignal } = {}
  ): Promise<Uint8Array | undefined> {
    const { signal } = options
    signal?.throwIfAborted()
    const timeoutMs = Math.min(want.deadlineMs ?? this.#init.timeoutMs, this.#init.timeoutMs)
    this.#refuse(want, timeoutMs)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>()
    const { cid, size, priority } = want
    const id = this.#add({ size, bytes: undefined, received: 0, resolve, reject })
    this.#init.send('want', {
      id,
      channel,
      cid: cid.bytes,
      size,
      priority: PRIORITIES[priority ?? 'playing'],
      deadlineMs: Math.ceil(timeoutMs)
    })
    const timer = setTimeout(() => {
      this.#cancel(id, new DeadlineError(`no whole block within ${timeoutMs} ms`))
    }, timeoutMs)
    const onAbort = (): void => { this.#cancel(id, signal?.reason) }
    signal?.addEventListener('abort', onAbort)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /**
   * DATA begins. Returns where its payload goes, undefined for what was cancelled.
   *
   * @throws BlockTooLargeError InvalidMessageError when the stream must end
   */
  data ({ id, offset, total }: Body<'data'>, payload: number): Uint8Array | undefined {
    const pending = this.#pending.get(id)
    if (pending == null) {
      this.#spend(Math.max(1, payload))
      return undefined
    }
    if (total > pending.size) {
      const error = new BlockTooLargeError(
        `a block of ${total} bytes, over the ${pending.size} expected`)
      this.#take(id)?.reject(error)
      throw error
    }
    const isInOrder = offset === pending.received && total === (pending.bytes?.byteLength ?? total)
    if (!isInOrder || offset + payload > total || (payload === 0 && total > 0)) {
      throw new InvalidMessageError(`DATA that does not go on: ${offset} + ${payload} of ${total}`)
    }
    pending.bytes ??= new Uint8Array(total)
    pending.received += payload
    this.#filling = { id, pending }
    return pending.bytes.subarray(offset, offset + payload)
  }

  /** The payload that `data` began is all there. */
  filled (): void {
    const { id, pending } = this.#filling ?? {}
    this.#filling = undefined
    if (id == null || pending?.bytes == null || pending.received < pending.bytes.byteLength) {
      return
    }
    if (this.#take(id) != null) {
      this.#throughput.add(pending.received, this.#pending.size === 0, this.#init.now())
      pending.resolve(pending.bytes)
    }
  }

  /** @throws InvalidMessageError for an answer to nothing */
  missing ({ id }: Body<'missing'>): void {
    this.#answer(id)?.resolve(undefined)
  }

  /** @throws InvalidMessageError for an answer to nothing */
  busy ({ id, retryAfterMs, providers }: Body<'busy'>): void {
    this.#answer(id)?.reject(new PeerBusyError(retryAfterMs, providers))
  }

  close (cause?: Error): void {
    this.#gone = new PeerGoneError('the exchange stream is closed', { cause })
    for (const id of [...this.#pending.keys()]) {
      this.#take(id)?.reject(this.#gone)
    }
  }

  #refuse (want: Want, timeoutMs: number): void {
    if (this.#gone != null) {
      throw this.#gone
    }
    if (want.size > MAX_BLOCK_BYTES) {
      throw new BlockTooLargeError(`${want.cid} of ${want.size} bytes is larger than any block`)
    }
    if (timeoutMs <= 0) {
      throw new DeadlineError('the deadline has passed')
    }
    if (this.#pending.size >= Math.min(MAX_INFLIGHT_WANTS, this.#init.maxWants())) {
      throw new PeerBusyError(0)
    }
  }

  #add (pending: Pending): number {
    if (this.#pending.size === 0) {
      this.#throughput.begin(this.#init.now())
    }
    this.#pending.set(++this.#lastId, pending)
    return this.#lastId
  }

  #take (id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #answer (id: number): Pending | undefined {
    const pending = this.#take(id)
    if (pending == null) {
      this.#spend(1)
    }
    return pending
  }

  #cancel (id: number, reason: unknown): void {
    const pending = this.#take(id)
    if (pending != null) {
      this.#stale += pending.size - pending.received + 1
      this.#init.send('cancel', { id })
      pending.reject(reason)
    }
  }

  /** Frames under way when we cancelled are no fault; more than those is. */
  #spend (bytes: number): void {
    this.#stale -= bytes
    if (this.#stale < 0) {
      throw new InvalidMessageError('an answer to nothing we asked')
    }
  }
}
