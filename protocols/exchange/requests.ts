/**
 * Our WANTs to one neighbour.
 * in: a block wanted, or the rest of it, and what comes back. out: the bytes sent, NOT verified.
 *
 * Bytes are copied once, from the stream's chunk into the block's own buffer.
 */

import type { CID } from 'multiformats/cid'
import type { Clock } from '../clock.ts'
import {
  BlockTooLargeError, DeadlineError, InvalidMessageError, PeerBusyError, PeerGoneError,
  PeerUnreachableError
} from '../errors.ts'
import { MAX_BLOCK_BYTES, MAX_INFLIGHT_WANTS } from '../limits.ts'
import type { Body } from './message.ts'
import { Throughput } from './throughput.ts'
import type { Priority, Want, WantOptions } from './types.ts'

export interface RequestsInit {
  send: <K extends 'want' | 'cancel'>(kind: K, body: Partial<Body<K>>) => void
  now: Clock
  /** WANTs the neighbour will queue for us. */
  maxWants: () => number
  /** True when the neighbour knows a WANT that changes one sent before. */
  mayRaise: () => boolean
  rttMs: () => number | undefined
  /** Room for a block, which need not be zeroed. */
  allocate: (bytes: number) => Uint8Array
  /** For a WANT without a deadline of its own, and the most any may have. */
  timeoutMs: number
}

interface Pending extends Pick<WantOptions, 'onBytes' | 'onLate'> {
  cid: CID
  /** The most the block may have. */
  size: number
  /** Where in the block the answer starts. */
  offset: number
  /** Passed on by the neighbour: how soon it comes says nothing of the neighbour's own speed. */
  isRouted: boolean
  bytes: Uint8Array | undefined
  received: number
  timer?: ReturnType<typeof setTimeout>
  resolve: (bytes: Uint8Array | undefined) => void
  reject: (error: unknown) => void
}

const PRIORITIES: Record<Priority, number> = { urgent: 0, playing: 1, prefetch: 2, offline: 3 }

export class Requests {
  readonly #init: RequestsInit
  readonly #pending = new Map<number, Pending>()
  readonly #throughput = new Throughput()
  #lastId = 0
  /** Of those pending that are not routed. */
  #direct = 0
  #filling: { id: number, pending: Pending, payload: number } | undefined
  /** What may still come for WANTs we cancelled: bytes, and one for the frame that ends each. */
  #stale = 0
  /** Told of those bytes, by the WANT's id. */
  readonly #late = new Map<number, (bytes: number) => void>()
  #gone: PeerGoneError | undefined

  constructor (init: RequestsInit) {
    this.#init = init
  }

  get inFlight (): number {
    return this.#direct
  }

  get rateBytesPerSecond (): number | undefined {
    return this.#throughput.bytesPerSecond
  }

  /**
   * @throws DeadlineError PeerBusyError PeerGoneError PeerUnreachableError BlockTooLargeError or
   *   the signal's reason
   */
  async want (
    want: Want, channel: number, options: WantOptions = {}
  ): Promise<Uint8Array | undefined> {
    const { signal, onBytes, onLate } = options
    signal?.throwIfAborted()
    const { cid, size, priority, offset = 0, route, keeper = 0, content } = want
    const timeoutMs = this.#timeoutMs(want)
    this.#refuse(want, timeoutMs)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>()
    const isRouted = (route?.length ?? 0) > 1
    const pending: Pending = {
      cid, size, offset, isRouted, bytes: undefined, received: 0, onBytes, onLate, resolve, reject
    }
    const id = this.#add(pending)
    this.#init.send('want', {
      id,
      channel,
      cid: cid.bytes,
      size,
      offset,
      priority: PRIORITIES[priority ?? 'playing'],
      deadlineMs: Math.ceil(timeoutMs),
      ...(route != null && { route: [...route], keeper }),
      // Whoever keeps it must know what it is of; relays have no channels of their own for it.
      ...(keeper > 0 && content != null && { content: content.bytes })
    })
    this.#expire(id, pending, timeoutMs)
    const onAbort = (): void => { this.#cancel(id, signal?.reason) }
    signal?.addEventListener('abort', onAbort)
    try {
      return await promise
    } finally {
      clearTimeout(pending.timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** A WANT that is out gets another priority and deadline; without effect when none is. */
  raise (want: Pick<Want, 'cid' | 'priority' | 'deadlineMs'>): void {
    const timeoutMs = this.#timeoutMs(want)
    for (const [id, pending] of this.#pending) {
      if (timeoutMs > 0 && pending.cid.equals(want.cid)) {
        this.#expire(id, pending, timeoutMs)
        this.#sendAgain(id, pending, want.priority ?? 'playing', timeoutMs)
      }
    }
  }

  #sendAgain (id: number, { cid, size }: Pending, priority: Priority, timeoutMs: number): void {
    if (this.#init.mayRaise()) {
      const deadlineMs = Math.ceil(timeoutMs)
      this.#init.send('want', {
        id, cid: cid.bytes, size, priority: PRIORITIES[priority], deadlineMs, again: true
      })
    }
  }

  #timeoutMs ({ deadlineMs = Infinity }: Pick<Want, 'deadlineMs'>): number {
    return Math.min(deadlineMs, this.#init.timeoutMs)
  }

  #expire (id: number, pending: Pending, timeoutMs: number): void {
    clearTimeout(pending.timer)
    pending.timer = setTimeout(() => {
      this.#cancel(id, new DeadlineError(`no whole block within ${timeoutMs} ms`))
    }, timeoutMs)
  }

  /**
   * DATA begins. Returns where its payload goes, undefined for what was cancelled.
   *
   * @throws BlockTooLargeError InvalidMessageError when the stream must end
   */
  data ({ id, offset, total }: Body<'data'>, payload: number): Uint8Array | undefined {
    const pending = this.#pending.get(id)
    if (pending == null) {
      this.#late.get(id)?.(payload)
      this.#spend(Math.max(1, payload))
      return undefined
    }
    if (total > pending.size) {
      const error = new BlockTooLargeError(
        `a block of ${total} bytes, over the ${pending.size} expected`)
      this.#take(id)?.reject(error)
      throw error
    }
    const isInOrder = offset === pending.offset + pending.received &&
      (pending.bytes == null || total === pending.offset + pending.bytes.byteLength)
    if (!isInOrder || offset + payload > total || (payload === 0 && total > 0)) {
      throw new InvalidMessageError(`DATA that does not go on: ${offset} + ${payload} of ${total}`)
    }
    pending.bytes ??= this.#init.allocate(total - pending.offset)
    const from = pending.received
    pending.received += payload
    this.#filling = { id, pending, payload }
    return pending.bytes.subarray(from, pending.received)
  }

  /** The payload that `data` began is all there. */
  filled (): void {
    if (this.#filling == null) {
      return
    }
    const { id, pending, payload } = this.#filling
    this.#filling = undefined
    if (!pending.isRouted) {
      this.#throughput.add(payload, this.#init.rttMs() ?? 0, this.#init.now())
    }
    if (pending.bytes == null || !this.#pending.has(id)) {
      return
    }
    pending.onBytes?.(pending.bytes, pending.received)
    if (pending.received === pending.bytes.byteLength) {
      this.#take(id)?.resolve(pending.bytes)
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

  /** @throws InvalidMessageError for an answer to nothing */
  unreachable ({ id, hop, retryAfterMs }: Body<'unreachable'>): void {
    this.#answer(id)?.reject(new PeerUnreachableError(hop, retryAfterMs))
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
    if (!pending.isRouted && this.#direct++ === 0) {
      this.#throughput.begin(this.#init.now())
    }
    this.#pending.set(++this.#lastId, pending)
    return this.#lastId
  }

  #take (id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (this.#pending.delete(id) && pending?.isRouted === false && --this.#direct === 0) {
      this.#throughput.rest(this.#init.now())
    }
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
      this.#stale += pending.size - pending.offset - pending.received + 1
      this.#remember(id, pending)
      this.#init.send('cancel', { id })
      pending.reject(reason)
    }
  }

  #remember (id: number, { onLate }: Pending): void {
    if (onLate != null) {
      this.#late.set(id, onLate)
    }
    const [oldest] = this.#late.keys()
    if (oldest != null && this.#late.size > MAX_INFLIGHT_WANTS) {
      this.#late.delete(oldest)
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
