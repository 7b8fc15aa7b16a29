/**
 * Requests in flight over one stream, matched by id.
 * in: what sends bytes, chunks of answers. out: a promise for each piece asked for.
 */

import { AnswerReader, encodeHeader } from './frames.ts'

export class PieceRequests {
  readonly #send: (request: Uint8Array) => unknown
  readonly #answers: AnswerReader
  readonly #waiting = new Map<number, (bytes: Buffer) => void>()
  #lastId = 0

  constructor (send: (request: Uint8Array) => unknown, maxBytes: number) {
    this.#send = send
    this.#answers = new AnswerReader(maxBytes)
  }

  get (piece: number): Promise<Buffer> {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const id = ++this.#lastId
    this.#waiting.set(id, resolve)
    this.#send(encodeHeader(id, piece))
    return promise
  }

  /** Answers have come. */
  push (chunk: Uint8Array): void {
    for (const { id, bytes } of this.#answers.push(chunk)) {
      this.#waiting.get(id)?.(bytes)
      this.#waiting.delete(id)
    }
  }
}
