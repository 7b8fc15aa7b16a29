/**
 * Frames on a stream: a header, and bytes behind it that are never inside the header.
 * in: chunks cut anywhere. out: whole headers, and payload bytes as they come, not copied.
 *
 *   frame = header length (unsigned varint, 1 … MAX_FRAME_HEADER_BYTES) · header · payload
 *
 * How long the payload is stands in the header, which only the handler understands.
 */

import { Uint8ArrayList } from 'uint8arraylist'
import { InvalidMessageError } from './errors.ts'
import { MAX_FRAME_HEADER_BYTES } from './limits.ts'

export interface FrameHandler {
  /** A whole header, valid during the call only. Returns the payload bytes that follow. */
  header (bytes: Uint8Array): number
  /** Payload bytes, in order, valid during the call only. */
  payload (chunk: Uint8Array): void
  /** The frame is complete. */
  end (): void
}

const CONTINUES = 0x80
const MAX_LENGTH_BYTES = 3

/** The frame in pieces for a stream to send; the payload is referred to, not copied. */
export function encodeFrame (header: Uint8Array, payload?: Uint8Array): Uint8ArrayList {
  const length: number[] = []
  for (let left = header.byteLength; ; left >>>= 7) {
    if (left < CONTINUES) {
      length.push(left)
      break
    }
    length.push((left & 0x7f) | CONTINUES)
  }
  const head = new Uint8Array(length.length + header.byteLength)
  head.set(length)
  head.set(header, length.length)
  return payload == null ? new Uint8ArrayList(head) : new Uint8ArrayList(head, payload)
}

/** Cuts a stream of chunks into frames. After a throw it must not be pushed to again. */
export class FrameReader {
  readonly #handler: FrameHandler
  #state: 'length' | 'header' | 'payload' = 'length'
  #length = 0
  #lengthBytes = 0
  #header: Uint8Array | undefined
  #filled = 0
  #left = 0
  #isStopped = false

  constructor (handler: FrameHandler) {
    this.#handler = handler
  }

  /** Drops all that comes, also the rest of a chunk being pushed. */
  stop (): void {
    this.#isStopped = true
  }

  /** @throws InvalidMessageError and what the handler throws */
  push (data: Uint8Array | Uint8ArrayList): void {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      let at = 0
      while (at < chunk.byteLength && !this.#isStopped) {
        at = this.#step(chunk, at)
      }
    }
  }

  #step (chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'length': return this.#readLength(chunk, at)
      case 'header': return this.#readHeader(chunk, at)
      case 'payload': return this.#readPayload(chunk, at)
    }
  }

  #readLength (chunk: Uint8Array, at: number): number {
    const byte = chunk[at]!
    this.#length |= (byte & 0x7f) << (7 * this.#lengthBytes)
    this.#lengthBytes++
    const isLast = byte < CONTINUES
    const isEndless = !isLast && this.#lengthBytes === MAX_LENGTH_BYTES
    if (this.#length > MAX_FRAME_HEADER_BYTES || isEndless) {
      throw new InvalidMessageError(`a frame header of more than ${MAX_FRAME_HEADER_BYTES} bytes`)
    }
    if (isLast && this.#length === 0) {
      throw new InvalidMessageError('a frame without a header')
    }
    if (isLast) {
      this.#state = 'header'
    }
    return at + 1
  }

  #readHeader (chunk: Uint8Array, at: number): number {
    const end = at + this.#length - this.#filled
    if (this.#filled === 0 && end <= chunk.byteLength) {
      this.#begin(chunk.subarray(at, end))
      return end
    }
    this.#header ??= new Uint8Array(this.#length)
    const part = chunk.subarray(at, end)
    this.#header.set(part, this.#filled)
    this.#filled += part.byteLength
    if (this.#filled === this.#length) {
      this.#begin(this.#header)
    }
    return at + part.byteLength
  }

  #begin (header: Uint8Array): void {
    this.#left = this.#handler.header(header)
    this.#header = undefined
    this.#state = 'payload'
    this.#endIfComplete()
  }

  #readPayload (chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + this.#left)
    this.#handler.payload(part)
    this.#left -= part.byteLength
    this.#endIfComplete()
    return at + part.byteLength
  }

  #endIfComplete (): void {
    if (this.#left > 0) {
      return
    }
    this.#state = 'length'
    this.#length = 0
    this.#lengthBytes = 0
    this.#filled = 0
    this.#handler.end()
  }
}
