/**
 * A file sent while it is fetched, for players that begin with what there is.
 * in: its blocks in order, verified. out: an answer that has begun before the last of them is here,
 * unless all came at once. What fails after that ends the connection: the player asks again.
 *
 * `cdnd-size` is the file's. What `cdnd-sources` and its like say of all of it follows as trailers,
 * for who sends `te: trailers` (RFC 9110 §6.5).
 */

import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { systemTimer } from '../../protocols/clock.ts'
import { PREFERS_WHOLE } from '../../protocols/control/prefer-whole.ts'
import type { FetchedBlock } from '../retrieval/index.ts'
import { deliveryHeaders, SOURCE_HEADERS } from './delivery-headers.ts'
import type { Outgoing } from './outgoing.ts'
import { type FileBody, type FileHead, headersOf } from './send-file.ts'

/**
 * What our own store has of it is sent then, if the rest has not come. Higher: more answers say of
 * all of it where it came from; lower: players begin sooner.
 */
const HOLD_MS = 10

export class EarlyAnswer {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #head: FileHead
  readonly #outgoing: Outgoing
  /** Read from our own store: the rest may be there as soon, and is sent together. */
  readonly #held: FetchedBlock[] = []
  #stopTimer: (() => void) | undefined

  constructor (request: FastifyRequest, reply: FastifyReply, head: FileHead, outgoing: Outgoing) {
    this.#request = request
    this.#reply = reply
    this.#head = head
    this.#outgoing = outgoing
  }

  get hasBegun (): boolean {
    return this.#reply.raw.headersSent
  }

  add (block: FetchedBlock): void {
    if (this.hasBegun) {
      // Node drops what is written to a player that is gone.
      this.#reply.raw.write(block.bytes)
      return
    }
    this.#held.push(block)
    if (this.#isUsual) return
    if (block.delivery.source !== 'local') this.#begin()
    else this.#stopTimer ??= systemTimer(HOLD_MS, () => { this.#begin() })
  }

  /** Another answer is given, unless it has begun. */
  leave (): void {
    this.#stopTimer?.()
  }

  /** All of it was added. */
  end ({ deliveries }: FileBody): FastifyReply {
    const { raw } = this.#reply
    const headers = deliveryHeaders(deliveries)
    this.#reply.headers(headers)
    if (this.#hasTrailers) raw.addTrailers(headers)
    raw.end()
    this.#outgoing.hold(this.#reply)
    return this.#reply
  }

  /** What is missing does not come. */
  cutOff (): FastifyReply {
    this.#reply.raw.destroy()
    return this.#reply
  }

  /** Nothing is gained, or who asks for it wants a part, or to know first. */
  get #isUsual (): boolean {
    const { method, headers: { range, prefer = [] } } = this.#request
    return method !== 'GET' || range !== undefined || prefer.includes(PREFERS_WHOLE) ||
      this.#held[0]?.bytes.byteLength === this.#head.size
  }

  get #hasTrailers (): boolean {
    return /\btrailers\b/i.test(String(this.#request.headers.te))
  }

  #begin (): void {
    this.#stopTimer?.()
    const { size } = this.#head
    const { raw } = this.#reply.headers(headersOf(this.#head))
      .headers({ 'cdnd-size': size, 'content-length': size })
      .headers(deliveryHeaders(this.#held.map(block => block.delivery)))
      .hijack()
    const headers = this.#reply.getHeaders() as OutgoingHttpHeaders
    raw.cork()
    raw.writeHead(200, this.#hasTrailers ? chunked(headers) : headers)
    for (const { bytes } of this.#held.splice(0)) raw.write(bytes)
    raw.uncork()
  }
}

/** There are no trailers after a body whose length is told. */
function chunked ({ 'content-length': _length, ...headers }: OutgoingHttpHeaders) {
  for (const name of SOURCE_HEADERS) delete headers[name]
  return { ...headers, trailer: SOURCE_HEADERS.join(', ') }
}
