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
  /** How much later so many bytes come, by chance; their order stays. */
  latenessMs: (bytes: number) => number
  /** Nothing counts as sent before: the connection was not open yet. */
  openMs: number
  /** While it is true of the two hosts, bytes on their way stay there. */
  apart: { isNow: () => boolean, follow: (changed: () => void) => () => void }
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
  readonly #flight: DelayLine<Item>
  readonly #arrival: DelayLine<Item>
  #queuedBytes = 0
  #lastMs = 0

  constructor (from: Socket, to: Socket, init: PipeInit) {
    this.#from = from
    this.#to = to
    this.#init = init
    // In two steps: what is still on a slow sender's wire must not keep the receiver's from others.
    this.#flight = new DelayLine(item => { this.#arrive(item) })
    this.#arrival = new DelayLine(item => { this.#deliver(item) })
    from.on('data', (bytes: Buffer) => { this.#take(bytes) })
    from.on('end', () => { this.#send('end') })
    from.on('close', hadError => { if (hadError) this.#send('reset') })
    // The 'close' that follows tells; without a listener it would end the process.
    from.on('error', () => {})
    to.on('drain', () => { this.#arrival.resume() })
    const { isNow, follow } = init.apart
    const look = (): void => { isNow() ? this.#flight.hold() : this.#flight.resume() }
    const leave = follow(look)
    look()
    to.on('close', () => {
      leave()
      this.#flight.stop()
      this.#arrival.stop()
    })
  }

  /** Of the slower of the two wires, bytes per second: either may change. */
  get #rate (): number {
    const { upload, download } = this.#init
    return Math.min(upload.bytesPerSecond, download.bytesPerSecond)
  }

  get #limitBytes (): number {
    const fittingBytes = this.#rate * (this.#init.delayMs + BUFFERED_MS) / 1000
    return Math.min(MAX_QUEUED_BYTES, Math.max(MIN_QUEUED_BYTES, fittingBytes))
  }

  #take (bytes: Buffer): void {
    this.#queuedBytes += bytes.byteLength
    if (this.#queuedBytes >= this.#limitBytes) this.#from.pause()
    const pieceBytes = Number.isFinite(this.#rate) ? PIECE_BYTES : bytes.byteLength
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      this.#send(bytes.subarray(at, at + pieceBytes))
    }
  }

  #send (item: Item): void {
    const { upload, delayMs, latenessMs, openMs } = this.#init
    const bytes = sizeOf(item)
    const sentMs = Math.max(openMs, upload.pass(bytes, performance.now()))
    this.#lastMs = Math.max(this.#lastMs, sentMs + delayMs + latenessMs(bytes))
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
