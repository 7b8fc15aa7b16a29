/**
 * A peer that says it holds all of a title, and does as it is told when it is asked for a block.
 * in: a daemon to be a neighbour of, where to get the title's blocks. out: a stream on which frames
 * of the exchange come and go as a test wants them.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import {
  type Body, decodeHeader, encodeMessage, EXCHANGE_PROTOCOL, type FrameKind, type Message
} from '../../protocols/exchange/message.ts'
import { FrameReader } from '../../protocols/frame.ts'
import { createHost, type Host } from '../../protocols/host.ts'

/** What it does with a WANT, given the block. */
export type Misdeed = (peer: FalsePeer, want: Body<'want'>, block: Uint8Array) => void

export interface FalsePeerInit {
  /** Of the daemon it joins. */
  address: string
  renditions: string[]
  /** The gateway it has true blocks from. */
  gateway: string
  misdeed: Misdeed
}

/** More blocks than a rendition of a test has. */
const ALL_BLOCKS = new Uint8Array(128).fill(0xff)

export class FalsePeer {
  asked = 0
  readonly #init: FalsePeerInit
  readonly #host: Host
  readonly #cancelled = new Set<number>()
  #stream: Stream | undefined

  private constructor (init: FalsePeerInit, host: Host) {
    this.#init = init
    this.#host = host
  }

  static async join (init: FalsePeerInit): Promise<FalsePeer> {
    const privateKey = await generateKeyPair('Ed25519')
    const host = await createHost({
      privateKey, network: 'e2e', listen: [], dht: 'off', isPrivate: true
    })
    const peer = new FalsePeer(init, host)
    await peer.#open()
    return peer
  }

  get id (): string {
    return this.#host.peerId.toString()
  }

  async stop (): Promise<void> {
    await this.#host.stop()
  }

  send<K extends FrameKind> (kind: K, body: Partial<Body<K>>, payload?: Uint8Array): void {
    if (this.#stream?.writeStatus === 'writable') {
      this.#stream.send(encodeMessage(kind, body, payload))
    }
  }

  /** DATA from `from` on, up to `to`; false once the WANT is cancelled. */
  data ({ id }: Body<'want'>, block: Uint8Array, from: number, to: number): boolean {
    if (this.#cancelled.has(id)) {
      return false
    }
    this.send('data', { id, offset: from, total: block.length }, block.subarray(from, to))
    return true
  }

  async #open (): Promise<void> {
    this.#stream = await this.#host.dialProtocol(
      multiaddr(this.#init.address), EXCHANGE_PROTOCOL)
    const reader = new FrameReader({
      header: bytes => {
        const { payload, message } = decodeHeader(bytes.slice())
        if (message != null) {
          this.#take(message)
        }
        return payload
      },
      payload: () => {},
      end: () => {}
    })
    this.#stream.addEventListener('message', ({ data }) => { reader.push(data) })
    this.send('hello', { network: 'e2e', maxWants: 256, features: ['raise'] })
  }

  #take ({ kind, body }: Message): void {
    switch (kind) {
      case 'ping': this.send('pong', body); break
      case 'interest': this.#tell(body); break
      case 'want': void this.#serve(body); break
      case 'cancel': this.#cancelled.add(body.id); break
    }
  }

  /** All of every rendition. */
  #tell ({ channel, closed }: Body<'interest'>): void {
    const { renditions } = this.#init
    if (!closed) {
      renditions.forEach((rendition, i) => {
        const [first, last] = [i === 0, i === renditions.length - 1]
        this.send('have', { channel, rendition, bitfield: ALL_BLOCKS, first, last })
      })
    }
  }

  async #serve (want: Body<'want'>): Promise<void> {
    if (want.again) {
      return
    }
    this.asked++
    const url = `${this.#init.gateway}/blocks/${CID.decode(want.cid)}`
    const block = new Uint8Array(await (await fetch(url)).arrayBuffer())
    this.#init.misdeed(this, want, block)
  }
}
