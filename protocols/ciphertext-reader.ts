/**
 * Noise messages out of what a TCP socket reads. For Node only.
 * in: chunks cut anywhere, each in a buffer of its own. out: whole messages, each in one piece, so
 * that it is decrypted in one call; the memory of chunks is given back as soon as they are read.
 *
 *   message = length (u16, big-endian) · ciphertext
 */

import type { Uint8ArrayList } from 'uint8arraylist'
import { free } from './spent-memory.ts'

const LENGTH_BYTES = 2
const MAX_MESSAGE_BYTES = 0xffff

/** Of all connections: a message is decrypted before the next is put together. */
const joining = new Uint8Array(MAX_MESSAGE_BYTES)

export class CiphertextReader {
  #length = 0
  #lengthBytes = 0
  /** Of the message being read. */
  #parts: Uint8Array[] = []
  #filled = 0
  /** Chunks read to their ends, of which the message being read has parts. */
  #open: Uint8Array[] = []
  /** What comes first may have come with the handshake, of which others keep views. */
  #isFirst = true

  /** Each message is valid until the next is asked for. */
  decode (data: Uint8Array | Uint8ArrayList): Generator<Uint8Array> {
    return this.#messages(data)
  }

  * #messages (data: Uint8Array | Uint8ArrayList): Generator<Uint8Array> {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      yield * this.#read(chunk)
      if (this.#parts.length > 0) this.#open.push(chunk)
      else this.#release(chunk)
    }
    this.#isFirst = false
  }

  * #read (chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#lengthBytes < LENGTH_BYTES) {
        this.#length = this.#length << 8 | chunk[at++]!
        this.#lengthBytes++
      } else {
        const part = chunk.subarray(at, at + this.#length - this.#filled)
        at += part.byteLength
        this.#filled += part.byteLength
        this.#parts.push(part)
      }
      if (this.#lengthBytes === LENGTH_BYTES && this.#filled === this.#length) {
        if (this.#length > 0) yield this.#whole()
        this.#next()
      }
    }
  }

  #whole (): Uint8Array {
    if (this.#parts.length === 1) return this.#parts[0]!
    let at = 0
    for (const part of this.#parts) {
      joining.set(part, at)
      at += part.byteLength
    }
    return joining.subarray(0, at)
  }

  #next (): void {
    this.#parts = []
    this.#length = this.#lengthBytes = this.#filled = 0
    this.#open.forEach(chunk => { this.#release(chunk) })
    this.#open = []
  }

  #release ({ buffer, byteLength }: Uint8Array): void {
    if (!this.#isFirst && byteLength === buffer.byteLength) free(buffer as ArrayBuffer)
  }
}
