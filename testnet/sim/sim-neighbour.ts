/**
 * One end of an exchange stream in virtual time: the other node, as this one sees it.
 * in: two nodes and how far apart they are. out: what the real one gives, each word half a round
 * trip later, blocks as flows.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Hello, Neighbour, Want, WantOptions } from '../../protocols/exchange/index.ts'
import { Throughput } from '../../protocols/exchange/throughput.ts'
import { titleKey } from './title-key.ts'
import type { NodeOnWire, Wire } from './wire.ts'

const NONE: readonly never[] = []

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
  #titles: readonly string[] = NONE
  /** Since when, of each. */
  #sinceMs: readonly number[] = NONE

  constructor (wire: Wire, own: NodeOnWire, other: NodeOnWire) {
    this.#wire = wire
    this.#own = own
    this.#other = other
    this.peer = other.peerId
    this.rttMs = wire.rttMs(own, other)
  }

  get node (): NodeOnWire { return this.#other }
  get hello (): Hello { return this.#other.hello }

  get rateBytesPerSecond (): number | undefined {
    return this.#throughput?.bytesPerSecond
  }

  async interest (content: CID): Promise<void> {
    const key = titleKey(content)
    if (this.#titles.includes(key)) return
    this.#titles = [...this.#titles, key]
    this.#sinceMs = [...this.#sinceMs, this.#wire.clock() + this.rttMs]
    await this.#wire.sleep(this.rttMs)
  }

  leave (content: CID): void {
    const at = this.#titles.indexOf(titleKey(content))
    if (at < 0) return
    this.#titles = this.#titles.toSpliced(at, 1)
    this.#sinceMs = this.#sinceMs.toSpliced(at, 1)
  }

  holds (content: CID, _rendition: string, block: number): ReturnType<Neighbour['holds']> {
    return this.#hears(content) ? this.#other.shelf.at(content, block, this.#heardMs) : 'unknown'
  }

  holdsAny (content: CID): boolean | undefined {
    return this.#hears(content) ? this.#other.shelf.hasAny(content, this.#heardMs) : undefined
  }

  isInterested (content: CID): boolean {
    return this.twin.#openMs(content) - this.rttMs / 2 <= this.#wire.clock()
  }

  /** Something changed of what we hold: those who listen hear of it. */
  tell (content: CID): void {
    if (this.twin.#titles.includes(titleKey(content))) {
      this.#wire.timer(this.rttMs / 2, () => { this.#other.hear(this.twin, content) })
    }
  }

  want (
    { cid, offset = 0 }: Want, { signal, onBytes }: WantOptions = {}
  ): Promise<Uint8Array | undefined> {
    this.#throughput ??= new Throughput()
    const throughput = this.#throughput
    if (this.inFlight++ === 0) throughput.begin(this.#wire.clock())
    return new Promise<Uint8Array | undefined>((resolve, reject) => {
      const ask = this.#wire.timer(this.rttMs + this.#wire.serveMs, () => {
        const block = this.#other.serve(cid)
        if (block == null) {
          resolve(undefined)
          return
        }
        const bytes = block.subarray(offset)
        stop = this.#receive(bytes, offset === 0 ? block : bytes, resolve, onBytes)
      })
      let stop = ask
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
        this.#count(bytes)
        if (done < byteLength) onBytes?.(result, done)
        else resolve(result)
      }
    })
  }

  #count (bytes: number): void {
    this.receivedBytes += bytes
    this.twin.sentBytes += bytes
    this.#throughput?.add(bytes, this.rttMs, this.#wire.clock())
    this.#own.ledger.of(this.peer).gave(bytes)
    this.#other.ledger.of(this.#own.peerId).took(bytes)
  }

  #hears (content: CID): boolean {
    return this.#openMs(content) <= this.#wire.clock()
  }

  /** When it begins to tell us of the title; Infinity when it does not. */
  #openMs (content: CID): number {
    return this.#sinceMs[this.#titles.indexOf(titleKey(content))] ?? Infinity
  }

  /** What it says now we hear later. */
  get #heardMs (): number {
    return this.#wire.clock() - this.rttMs / 2
  }
}
