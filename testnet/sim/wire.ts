/**
 * What is between the nodes, and what of a node is seen from there.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock, Timer } from '../../protocols/clock.ts'
import type { Hello, Ledger } from '../../protocols/exchange/index.ts'
import { type Region, rttBetween } from '../regions.ts'
import { Flows, type Port } from './flows.ts'
import type { Processor } from './processor.ts'
import type { Shelf } from './shelf.ts'
import type { SimNeighbour } from './sim-neighbour.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Where a host stands. */
export interface Site { readonly region: Region }

export interface NodeOnWire extends Site {
  readonly name: string
  readonly peerId: PeerId
  /** What it says of itself. */
  readonly hello: Hello
  readonly port: Port
  /** Absent: it takes no time for what it does. */
  readonly processor?: Processor | undefined
  readonly shelf: Shelf
  readonly ledger: Pick<Ledger, 'of'>
  /** A block it holds. */
  serve (cid: CID): Uint8Array | undefined
  /** A neighbour says that it holds more, or less, of a title. */
  hear (neighbour: SimNeighbour, content: CID): void
}

export class Wire {
  readonly clock: Clock
  readonly timer: Timer
  readonly flows: Flows
  /** What a node takes to answer, beside the bytes. */
  readonly serveMs: number
  readonly #rttMs: number | undefined

  /** `rttMs`: between any two; that of their regions unless given. */
  constructor (time: VirtualTime, init: { serveMs: number, rttMs?: number }) {
    this.clock = time.clock
    this.timer = time.timer
    this.flows = new Flows(time)
    this.serveMs = init.serveMs
    this.#rttMs = init.rttMs
  }

  rttMs (one: Site, other: Site): number {
    return this.#rttMs ?? rttBetween(one.region, other.region)
  }

  async sleep (ms: number): Promise<void> {
    await new Promise<void>(resolve => { this.timer(ms, resolve) })
  }
}
