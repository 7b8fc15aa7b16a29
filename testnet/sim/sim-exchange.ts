/**
 * Exchange in virtual time: a node's neighbours, without streams.
 * in: whom it dials. out: the neighbours and the events of the real one.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { NeighbourLimitError, PeerBannedError, PeerGoneError } from '../../protocols/errors.ts'
import type { Exchange } from '../../protocols/exchange/index.ts'
import { DEFAULT_MAX_NEIGHBOURS } from '../../protocols/limits.ts'
import { CONNECTION_MS } from './costs.ts'
import { worked } from './processor.ts'
import { SimNeighbour } from './sim-neighbour.ts'
import type { NodeOnWire, Wire } from './wire.ts'

export interface SimExchangeComponents {
  wire: Wire
  node: NodeOnWire
  /** Undefined of a node that is not there. */
  exchangeOf: (peer: string) => SimExchange | undefined
}

/** Round trips until HELLO is exchanged: TCP, Noise, HELLO. */
const CONNECT_ROUND_TRIPS = 3

export class SimExchange implements Exchange {
  readonly events = new EventTarget()
  readonly relayed = { blocks: 0, bytes: 0, refused: 0 }
  readonly #components: SimExchangeComponents
  readonly #neighbours = new Map<string, SimNeighbour>()
  readonly #bannedUntilMs = new Map<string, number>()

  constructor (components: SimExchangeComponents) {
    this.#components = components
  }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  neighbours (): Iterable<SimNeighbour> {
    return this.#neighbours.values()
  }

  neighbour (peer: PeerId): SimNeighbour | undefined {
    return this.#neighbours.get(peer.toString())
  }

  async connect (peer: PeerId): Promise<SimNeighbour> {
    const { wire, node, exchangeOf } = this.#components
    const other = exchangeOf(peer.toString())
    if (other == null) throw new PeerGoneError(`${peer} is not there`)
    const there = other.#components.node
    await wire.sleep(CONNECT_ROUND_TRIPS * wire.rttMs(node, there))
    if (node.processor != null) {
      await Promise.all([node, there].map(({ processor }) => worked(processor, CONNECTION_MS)))
    }
    return this.neighbour(peer) ?? this.meet(other)
  }

  /** Both are neighbours from now on. */
  meet (other: SimExchange): SimNeighbour {
    const { wire, node } = this.#components
    const there = other.#components.node
    this.#assertRoom(there.peerId)
    other.#assertRoom(node.peerId)
    const neighbour = new SimNeighbour(wire, node, there)
    const twin = new SimNeighbour(wire, there, node)
    neighbour.twin = twin
    twin.twin = neighbour
    this.#add(neighbour)
    other.#add(twin)
    return neighbour
  }

  ban (peer: PeerId, untilMs: number): void {
    this.#bannedUntilMs.set(peer.toString(), untilMs)
    this.part(peer)
  }

  /** As both do whose connection is closed. */
  part (peer: PeerId): void {
    const neighbour = this.neighbour(peer)
    if (neighbour != null) this.#part(neighbour)
  }

  hear (neighbour: SimNeighbour, content: CID): void {
    this.#tell('have', { neighbour, content })
  }

  /** Something of the title came, or went. */
  changed (content: CID): void {
    for (const neighbour of this.#neighbours.values()) neighbour.tell(content)
  }

  #assertRoom (peer: PeerId): void {
    if (this.#neighbours.size >= DEFAULT_MAX_NEIGHBOURS) {
      throw new NeighbourLimitError(`there are ${this.#neighbours.size} neighbours already`)
    }
    if ((this.#bannedUntilMs.get(peer.toString()) ?? 0) > this.#components.wire.clock()) {
      throw new PeerBannedError(`${peer} is banned`)
    }
  }

  #add (neighbour: SimNeighbour): void {
    this.#neighbours.set(neighbour.peer.toString(), neighbour)
    this.#tell('open', neighbour)
  }

  #part (neighbour: SimNeighbour): void {
    const there = this.#components.exchangeOf(neighbour.peer.toString())
    this.#neighbours.delete(neighbour.peer.toString())
    this.#tell('close', neighbour)
    if (there == null) return
    there.#neighbours.delete(this.#components.node.peerId.toString())
    there.#tell('close', neighbour.twin)
  }

  #tell (type: string, detail: unknown): void {
    this.events.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
