/**
 * Bytes waiting for players to read them. in: answers as they are sent. out: a refusal while those
 * that nobody reads take up too much memory.
 */

import type { FastifyReply } from 'fastify'
import { OverloadedError } from '../../protocols/errors.ts'
import { MAX_OUTGOING_BYTES } from '../../protocols/limits.ts'

export class Outgoing {
  readonly #maxBytes: number
  #bytes = 0

  constructor (maxBytes: number = MAX_OUTGOING_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** @throws OverloadedError before anything is fetched for one more answer */
  assertRoom (): void {
    if (this.#bytes < this.#maxBytes) return
    throw new OverloadedError('too many answers wait to be read: try again in a moment')
  }

  /** Counts what the kernel did not take of an answer until its client has it, or is gone. */
  hold ({ raw }: FastifyReply): void {
    const bytes = raw.writableLength
    if (bytes === 0) return
    this.#bytes += bytes
    raw.once('close', () => { this.#bytes -= bytes })
  }
}
