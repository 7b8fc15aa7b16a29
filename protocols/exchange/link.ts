/**
 * One side of one exchange stream: messages in and out, bounded in what waits to be sent.
 * in: a libp2p stream. out: messages to its receiver, and at last one `closed`.
 */

import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { InvalidMessageError, PeerGoneError } from '../errors.ts'
import { type FrameHandler, FrameReader } from '../frame.ts'
import { MAX_UNDRAINED_BYTES, MAX_WRITE_BACKLOG_BYTES } from '../limits.ts'
import {
  type Body, DATA_BYTES, decodeHeader, encodeMessage, type FrameKind, type Message
} from './message.ts'
import type { Memory } from './types.ts'

export interface LinkReceiver {
  /** Any frame but DATA. Bytes in it are valid during the call only. */
  message (message: Message): void
  /** DATA begins: where its payload goes, undefined to drop it. */
  data (body: Body<'data'>, payload: number): Uint8Array | undefined
  /** What `data` began is all there. */
  filled (): void
  /** The stream has room again. */
  drained (): void
  /** Called once. `error` when it ended otherwise than by both closing it. */
  closed (error?: Error): void
}

const CLOSE_TIMEOUT_MS = 1000

export class Link implements FrameHandler {
  readonly #stream: Stream
  readonly #receiver: LinkReceiver
  readonly #memory: Pick<Memory, 'giveBack'>
  readonly #reader = new FrameReader(this)
  #fault: Error | undefined
  #isClosed = false
  #closing: ReturnType<typeof setTimeout> | undefined
  #receivedBytes = 0
  #sentBytes = 0
  #isData = false
  #target: Uint8Array | undefined
  #filledBytes = 0

  constructor (stream: Stream, receiver: LinkReceiver, memory: Pick<Memory, 'giveBack'>) {
    this.#stream = stream
    this.#receiver = receiver
    this.#memory = memory
  }

  get receivedBytes (): number {
    return this.#receivedBytes
  }

  get sentBytes (): number {
    return this.#sentBytes
  }

  /** What we ended the stream for. */
  get fault (): Error | undefined {
    return this.#fault
  }

  /** True when another DATA frame may be handed to the transport. */
  get isWritable (): boolean {
    return !this.#isClosed && !this.#stream.writableNeedsDrain &&
      this.#stream.writeBufferLength + DATA_BYTES <= MAX_UNDRAINED_BYTES
  }

  start (): void {
    const stream = this.#stream
    // Control frames are sent at once; a peer that does not read them is cut off by libp2p here.
    stream.maxWriteBufferLength = MAX_WRITE_BACKLOG_BYTES
    stream.addEventListener('close', this.#onClose)
    stream.addEventListener('remoteCloseWrite', this.#onRemoteClose)
    stream.addEventListener('drain', this.#onDrain)
    stream.addEventListener('message', this.#onMessage)
  }

  /** Hands a frame to the transport. Without effect once closed. */
  send<K extends FrameKind> (kind: K, body: Partial<Body<K>>, payload?: Uint8Array): void {
    if (this.#isClosed) {
      return
    }
    const frame = encodeMessage(kind, body, payload)
    this.#sentBytes += frame.byteLength
    try {
      this.#stream.send(frame)
    } catch (err) {
      this.fail(new PeerGoneError('the exchange stream takes no more', { cause: err }))
    }
  }

  /** Resets the stream. */
  fail (error: Error): void {
    if (!this.#isClosed) {
      this.#fault = error
      this.#end(error)
      this.#stream.abort(error)
    }
  }

  /** Closes the stream once what was sent is out; resets it when the other end does not close. */
  async close (): Promise<void> {
    if (this.#isClosed) {
      return
    }
    this.#end()
    this.#closing = setTimeout(() => {
      this.#stream.abort(new PeerGoneError('the other end stays open'))
    }, CLOSE_TIMEOUT_MS)
    try {
      await this.#stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
    } catch (err) {
      this.#stream.abort(err instanceof Error ? err : new PeerGoneError('closing failed'))
    }
  }

  header (bytes: Uint8Array): number {
    const { payload, message } = decodeHeader(bytes)
    this.#isData = message?.kind === 'data'
    this.#target = undefined
    this.#filledBytes = 0
    if (message?.kind === 'data') {
      this.#target = this.#receiver.data(message.body, payload)
    } else if (message != null) {
      this.#receiver.message(message)
    }
    return payload
  }

  payload (chunk: Uint8Array): void {
    this.#target?.set(chunk, this.#filledBytes)
    this.#filledBytes += chunk.byteLength
  }

  end (): void {
    this.#target = undefined
    if (this.#isData) {
      this.#receiver.filled()
    }
  }

  readonly #onMessage = ({ data }: StreamMessageEvent): void => {
    this.#receivedBytes += data.byteLength
    try {
      this.#reader.push(data)
      for (const chunk of data instanceof Uint8Array ? [data] : data) this.#memory.giveBack(chunk)
    } catch (err) {
      this.fail(err instanceof Error ? err : new InvalidMessageError(String(err)))
    }
  }

  /**
   * After libp2p, in a microtask of its own, has sent what waited: before that there may be no
   * room, and when all of it goes out at once no other event tells that there is.
   */
  readonly #onDrain = (): void => {
    queueMicrotask(() => {
      if (!this.#isClosed) {
        this.#receiver.drained()
      }
    })
  }

  readonly #onRemoteClose = (): void => {
    void this.close()
  }

  readonly #onClose = ({ error }: StreamCloseEvent): void => {
    clearTimeout(this.#closing)
    this.#end(error)
  }

  #end (error?: Error): void {
    if (this.#isClosed) {
      return
    }
    this.#isClosed = true
    this.#reader.stop()
    this.#stream.removeEventListener('drain', this.#onDrain)
    this.#receiver.closed(error)
  }
}
