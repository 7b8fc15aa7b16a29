/**
 * One direction of a connection over an emulated network: bytes come out of the other socket as
 * late, and as slowly, as the two hosts' wires and the distance between them have it.
 */

import type { Socket } from 'node:net'
import { DelayLine } from './delay-line.ts'
import type { RateMeter } from './rate-meter.ts'

export interface PipeInit {
  /** Of the sender, and of the receiver: each is shared by all connections of its host. */
  upload: RateMeter
  download: RateMeter
  delayMs: number
  /** Added by chance, up to so much; the order of bytes stays. */
  jitterMs: number
  /** Nothing counts as sent before: the connection was not open yet. */
  openMs: number
}

type Item = Buffer | 'end' | 'reset'

/** On the way in one direction, at most, as in a TCP window; less over a slow wire. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024
const MIN_QUEUED_BYTES = 64 * 1024
/** Before a slow wire, beside what is on it. */
const BUFFERED_MS = 20
/** Over a slow wire, so that connections take turns. */
const PIECE_BYTES = 16 * 1024

export class ShapedPipe {
  readonly #from: Socket
  readonly #to: Socket
  readonly #init: PipeInit
  readonly #limitBytes: number
  readonly #isSlow: boolean
  readonly #flight: DelayLine<Item>
  readonly #arrival: DelayLine<Item>
  #queuedBytes = 0
  #lastMs = 0

  constructor (from: Socket, to: Socket, init: PipeInit) {
    this.#from = from
    this.#to = to
    this.#init = init
    const { upload, download, delayMs, jitterMs } = init
    const rate = Math.min(upload.bytesPerSecond, download.bytesPerSecond)
    const fittingBytes = rate * (delayMs + jitterMs + BUFFERED_MS) / 1000
    this.#limitBytes = Math.min(MAX_QUEUED_BYTES, Math.max(MIN_QUEUED_BYTES, fittingBytes))
    this.#isSlow = Number.isFinite(rate)
    // In two steps: what is still on a slow sender's wire must not keep the receiver's from others.
    this.#flight = new DelayLine(item => { this.#arrive(item) })
    this.#arrival = new DelayLine(item => { this.#deliver(item) })
    from.on('data', (bytes: Buffer) => { this.#take(bytes) })
    from.on('end', () => { this.#send('end') })
    from.on('close', hadError => { if (hadError) this.#send('reset') })
    // The 'close' that follows tells; without a listener it would end the process.
    from.on('error', () => {})
    to.on('drain', () => { this.#arrival.resume() })
    to.on('close', () => {
      this.#flight.stop()
      this.#arrival.stop()
    })
  }

  #take (bytes: Buffer): void {
    this.#queuedBytes += bytes.byteLength
    if (this.#queuedBytes >= this.#limitBytes) this.#from.pause()
    const pieceBytes = this.#isSlow ? PIECE_BYTES : bytes.byteLength
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      this.#send(bytes.subarray(at, at + pieceBytes))
    }
  }

  #send (item: Item): void {
    const { upload, delayMs, jitterMs, openMs } = this.#init
    const sentMs = Math.max(openMs, upload.pass(sizeOf(item), performance.now()))
    this.#lastMs = Math.max(this.#lastMs, sentMs + delayMs + jitterMs * Math.random())
    this.#flight.push(item, this.#lastMs)
  }

  #arrive (item: Item): void {
    this.#arrival.push(item, this.#init.download.pass(sizeOf(item), performance.now()))
  }

  #deliver (item: Item): void {
    if (item === 'reset') {
      this.#to.resetAndDestroy()
    } else if (item === 'end') {
      this.#to.end()
    } else {
      this.#queuedBytes -= item.byteLength
      if (!this.#to.write(item)) this.#arrival.hold()
      if (this.#queuedBytes < this.#limitBytes) this.#from.resume()
    }
  }
}

function sizeOf (item: Item): number {
  return typeof item === 'string' ? 0 : item.byteLength
}
