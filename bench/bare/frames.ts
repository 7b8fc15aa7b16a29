/**
 * The least that lets many requests share one stream: what both the raw TCP and the bare exchange
 * speak. in: chunks cut anywhere. out: requests, or whole answers.
 *
 *   request = id (u32) · piece (u32)          answer = id (u32) · length (u32) · bytes
 */

const HEADER_BYTES = 8

export function encodeHeader (id: number, second: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt32BE(id, 0)
  header.writeUInt32BE(second, 4)
  return header
}

/** Collects headers that a chunk may end in the middle of. */
class HeaderReader {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #filled = 0

  get id (): number { return this.#header.readUInt32BE(0) }

  get second (): number { return this.#header.readUInt32BE(4) }

  /** Takes from `chunk` at `at` what is missing; returns where it stopped. */
  take (chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + HEADER_BYTES - this.#filled)
    this.#header.set(part, this.#filled)
    this.#filled += part.byteLength
    return at + part.byteLength
  }

  /** True once for each whole header. */
  takeWhole (): boolean {
    const isWhole = this.#filled === HEADER_BYTES
    if (isWhole) this.#filled = 0
    return isWhole
  }
}

export class RequestReader {
  readonly #header = new HeaderReader()

  push (chunk: Uint8Array): Array<{ id: number, piece: number }> {
    const requests = []
    for (let at = 0; at < chunk.byteLength;) {
      at = this.#header.take(chunk, at)
      if (this.#header.takeWhole()) {
        requests.push({ id: this.#header.id, piece: this.#header.second })
      }
    }
    return requests
  }
}

/** Copies each answer once, into a buffer of its own. */
export class AnswerReader {
  readonly #maxBytes: number
  readonly #header = new HeaderReader()
  #bytes: Buffer | undefined
  #filled = 0

  /** Throws for answers longer than `maxBytes`. */
  constructor (maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push (chunk: Uint8Array): Array<{ id: number, bytes: Buffer }> {
    const answers = []
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#bytes == null) {
        at = this.#header.take(chunk, at)
        if (!this.#header.takeWhole()) continue
        this.#begin(this.#header.second)
      }
      at = this.#fill(chunk, at)
      const bytes = this.#bytes!
      if (this.#filled === bytes.byteLength) {
        this.#bytes = undefined
        answers.push({ id: this.#header.id, bytes })
      }
    }
    return answers
  }

  #begin (length: number): void {
    if (length > this.#maxBytes) throw new RangeError(`an answer of ${length} bytes`)
    this.#bytes = Buffer.allocUnsafeSlow(length)
    this.#filled = 0
  }

  #fill (chunk: Uint8Array, at: number): number {
    const bytes = this.#bytes!
    const part = chunk.subarray(at, at + bytes.byteLength - this.#filled)
    bytes.set(part, this.#filled)
    this.#filled += part.byteLength
    return at + part.byteLength
  }
}
