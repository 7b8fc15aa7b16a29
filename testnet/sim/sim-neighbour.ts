/**
 * One end of an exchange stream in virtual time: the other node, as this one sees it.
 * in: two nodes and how far apart they are. out: what the real one gives, each word half a round
 * trip later, blocks as flows.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import {
  DEFAULT_PING_INTERVAL_MS, type Hello, type Neighbour, type Want, type WantOptions
} from '../../protocols/exchange/index.ts'
import { LIVELY_BEATS } from '../../protocols/exchange/heartbeat.ts'
import { Throughput } from '../../protocols/exchange/throughput.ts'
import { BYTE_MS, MESSAGE_MS, WANT_MS } from './costs.ts'
import { worked, working } from './processor.ts'
import { titleKey } from './title-key.ts'
import type { NodeOnWire, Wire } from './wire.ts'

/** A title that it tells us of. */
interface Channel {
  readonly key: string
  /** When it hears that we are interested, and when we hear what it holds; epoch milliseconds. */
  heardMs: number
  toldMs: number
}

const NONE: readonly never[] = []

/** Without a block for so long PINGs come more rarely: heartbeat.ts. */
const CALM_MS = LIVELY_BEATS * DEFAULT_PING_INTERVAL_MS

export class SimNeighbour implements Neighbour {
  readonly peer: PeerId
  readonly isLimited = false
  readonly fault = undefined
  readonly rttMs: number
  inFlight = 0
  receivedBytes = 0
  sentBytes = 0
  /** The stream as the other sees it. */
  twin!: SimNeighbour
  readonly #wire: Wire
  readonly #own: NodeOnWire
  readonly #other: NodeOnWire
  /** Undefined until it is asked for something. */
  #throughput: Throughput | undefined
  /** Titles it tells us of: one or two at a time, of which a Map would take five times the room. */
  #channels: readonly Channel[] = NONE
  /** When a block was exchanged last, or they met. */
  #usedMs: number

  constructor (wire: Wire, own: NodeOnWire, other: NodeOnWire) {
    this.#wire = wire
    this.#own = own
    this.#other = other
    this.peer = other.peerId
    this.rttMs = wire.rttMs(own, other)
    this.#usedMs = wire.clock()
  }

  get node (): NodeOnWire { return this.#other }
  get hello (): Hello { return this.#other.hello }

  get rateBytesPerSecond (): number | undefined {
    return this.#throughput?.bytesPerSecond
  }

  get isIdle (): boolean {
    const { twin } = this
    return this.inFlight + this.#channels.length + twin.#channels.length === 0 &&
      this.#wire.clock() - Math.max(this.#usedMs, twin.#usedMs) >= CALM_MS
  }

  async interest (content: CID): Promise<void> {
    const key = titleKey(content)
    if (this.#channel(key) != null) return
    const channel = { key, heardMs: Infinity, toldMs: Infinity }
    this.#channels = [...this.#channels, channel]
    if (this.#own.processor == null) {
      channel.toldMs = this.#wire.clock() + this.rttMs
      channel.heardMs = channel.toldMs - this.rttMs / 2
      await this.#wire.sleep(this.rttMs)
    } else {
      await this.#open(channel)
    }
  }

  leave (content: CID): void {
    const gone = this.#channel(titleKey(content))
    if (gone == null) return
    this.#channels = this.#channels.filter(channel => channel !== gone)
    for (const { processor } of [this.#own, this.#other]) processor?.work(MESSAGE_MS, () => {})
  }

  holds (content: CID, _rendition: string, block: number): ReturnType<Neighbour['holds']> {
    return this.#hears(content) ? this.#other.shelf.at(content, block, this.#heardMs) : 'unknown'
  }

  holdsAny (content: CID): boolean | undefined {
    return this.#hears(content) ? this.#other.shelf.hasAny(content, this.#heardMs) : undefined
  }

  isInterested (content: CID): boolean {
    const { heardMs = Infinity } = this.twin.#channel(titleKey(content)) ?? {}
    return heardMs <= this.#wire.clock()
  }

  /** Something changed of what we hold: those who listen hear of it. */
  tell (content: CID): void {
    if (this.twin.#channel(titleKey(content)) == null) return
    const arrive = (): void => {
      working(this.#other.processor, MESSAGE_MS, () => { this.#other.hear(this.twin, content) })
    }
    working(this.#own.processor, MESSAGE_MS, () => { this.#wire.timer(this.rttMs / 2, arrive) })
  }

  want (
    { cid, offset = 0 }: Want, { signal, onBytes }: WantOptions = {}
  ): Promise<Uint8Array | undefined> {
    this.#throughput ??= new Throughput()
    const throughput = this.#throughput
    this.#usedMs = this.#wire.clock()
    if (this.inFlight++ === 0) throughput.begin(this.#wire.clock())
    return new Promise<Uint8Array | undefined>((resolve, reject) => {
      let stop = (): void => {}
      const serve = (): void => {
        const block = this.#other.serve(cid)
        const bytes = block?.subarray(offset)
        const workMs = WANT_MS + (bytes?.byteLength ?? 0) * BYTE_MS
        working(this.#other.processor, workMs, () => {
          if (bytes == null) resolve(undefined)
          else if (signal?.aborted !== true) {
            stop = this.#receive(bytes, offset === 0 ? block! : bytes, resolve, onBytes)
          }
        })
      }
      working(this.#own.processor, WANT_MS, () => {
        if (signal?.aborted === true) return
        stop = this.#wire.timer(this.rttMs + this.#wire.serveMs, serve)
      })
      signal?.addEventListener('abort', () => {
        stop()
        reject(signal.reason as Error)
      }, { once: true })
    }).finally(() => {
      if (--this.inFlight === 0) throughput.rest(this.#wire.clock())
    })
  }

  /** It asks for no more than it did: there are no priorities among flows. */
  raise (): void {}

  #receive (
    { byteLength }: Uint8Array, result: Uint8Array, resolve: (bytes: Uint8Array) => void,
    onBytes: WantOptions['onBytes']
  ): () => void {
    let seen = 0
    return this.#wire.flows.start({
      from: this.#other.port,
      to: this.#own.port,
      bytes: byteLength,
      onProgress: done => {
        const bytes = done - seen
        seen = done
        working(this.#own.processor, bytes * BYTE_MS, () => {
          this.#count(bytes)
          if (done < byteLength) onBytes?.(result, done)
          else resolve(result)
        })
      }
    })
  }

  #count (bytes: number): void {
    this.#usedMs = this.#wire.clock()
    this.receivedBytes += bytes
    this.twin.sentBytes += bytes
    this.#throughput?.add(bytes, this.rttMs, this.#wire.clock())
    this.#own.ledger.of(this.peer).gave(bytes)
    this.#other.ledger.of(this.#own.peerId).took(bytes)
  }

  #hears (content: CID): boolean {
    const { toldMs = Infinity } = this.#channel(titleKey(content)) ?? {}
    return toldMs <= this.#wire.clock()
  }

  #channel (key: string): Channel | undefined {
    for (const channel of this.#channels) if (channel.key === key) return channel
    return undefined
  }

  /** INTEREST to it and HAVE back, each of which both have to work for. */
  async #open (channel: Channel): Promise<void> {
    const { clock } = this.#wire
    await worked(this.#own.processor, MESSAGE_MS)
    await this.#wire.sleep(this.rttMs / 2)
    await worked(this.#other.processor, 2 * MESSAGE_MS)
    channel.heardMs = clock()
    await this.#wire.sleep(this.rttMs / 2)
    await worked(this.#own.processor, MESSAGE_MS)
    channel.toldMs = clock()
  }

  /** What it says now we hear later. */
  get #heardMs (): number {
    return this.#wire.clock() - this.rttMs / 2
  }
}
