/**
 * A peer that sends whatever a test wants on an exchange stream, rules or not.
 */

import type { Stream } from '@libp2p/interface'
import { FrameReader } from '../../../protocols/frame.ts'
import {
  type Body, decodeHeader, encodeMessage, type FrameKind, type Message
} from '../../../protocols/exchange/message.ts'
import { eventually } from './sample-node.ts'

export class RawPeer {
  readonly stream: Stream
  readonly messages: Message[] = []
  readonly payloads: Uint8Array[] = []
  /** Answers PINGs as a good peer does. */
  answersPings = true

  constructor (stream: Stream) {
    this.stream = stream
    const reader = new FrameReader({
      header: bytes => {
        const { payload, message } = decodeHeader(bytes.slice())
        if (message != null) {
          this.messages.push(message)
        }
        if (message?.kind === 'ping' && this.answersPings) {
          this.send('pong', message.body)
        }
        return payload
      },
      payload: chunk => { this.payloads.push(chunk.slice()) },
      end: () => {}
    })
    stream.addEventListener('message', ({ data }) => { reader.push(data) })
  }

  send<K extends FrameKind> (kind: K, body: Partial<Body<K>>, payload?: Uint8Array): void {
    this.bytes(encodeMessage(kind, body, payload).subarray())
  }

  bytes (bytes: Uint8Array): void {
    if (this.stream.writeStatus === 'writable') {
      this.stream.send(bytes)
    }
  }

  hello (body: Partial<Body<'hello'>> = {}): void {
    this.send('hello', { network: 'test', maxWants: 256, ...body })
  }

  of<K extends FrameKind> (kind: K): Array<Body<K>> {
    return this.messages
      .filter(message => message.kind === kind)
      .map(({ body }) => body as unknown as Body<K>)
  }

  async until (kind: FrameKind, count = 1): Promise<void> {
    await eventually(() => this.of(kind).length >= count, `${count} ${kind}`)
  }

  /** Resolves when the other end has reset the stream. */
  async untilReset (): Promise<void> {
    await eventually(() => this.isReset, 'a reset')
  }

  get isReset (): boolean {
    return this.stream.status === 'reset' || this.stream.status === 'aborted'
  }
}
