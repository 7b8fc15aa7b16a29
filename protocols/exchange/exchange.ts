/**
 * All neighbours: who is one, how they become one, which of two streams to one peer survives.
 * in: streams that others open, peers to connect to. out: neighbours, and events about them.
 */

import type { Connection, Libp2p, Logger, PeerId, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Clock, Random } from '../clock.ts'
import {
  NeighbourLimitError, PeerBannedError, PeerGoneError, WrongNetworkError
} from '../errors.ts'
import { MAX_QUEUED_WANTS } from '../limits.ts'
import type { Coordinate } from '../rtt/index.ts'
import { alternatives, type Reached } from './alternatives.ts'
import { BanList } from './ban-list.ts'
import { isOnLan } from './lan.ts'
import type { Ledger } from './ledger.ts'
import { EXCHANGE_PROTOCOL } from './message.ts'
import { naming } from './naming.ts'
import { type NeighbourTimes, StreamNeighbour } from './neighbour.ts'
import { Relay, type RelayParts } from './relay.ts'
import { Server } from './server.ts'
import { survives } from './survives.ts'
import type {
  Admission, Exchange, ExchangeEvents, Hello, Inventory, InventoryChange, Memory, Neighbour,
  Relayed, ServingLimits
} from './types.ts'
import { until } from './until.ts'
import { untilDirect } from './until-direct.ts'

/** What exchange asks of a libp2p node. */
export type ExchangeHost =
  Pick<Libp2p, 'peerId' | 'handle' | 'unhandle' | 'getConnections' | 'dial'>

export interface SegmentExchangeComponents {
  host: ExchangeHost
  inventory: Inventory
  limits: ServingLimits
  ledger: Ledger
  admission?: Admission
  relay?: RelayParts
  addressesOf?: (neighbour: Neighbour) => readonly string[]
  memory: Memory
  log: Logger
  now: Clock
  random: Random
}

export interface SegmentExchangeInit extends NeighbourTimes {
  hello: Pick<Hello, 'network' | 'role' | 'region' | 'features'>
  record: () => Uint8Array | undefined
  coordinate: () => Coordinate | undefined
  maxNeighbours: number
  connectTimeoutMs: number
}

interface Settled extends Reached {
  neighbour: StreamNeighbour
  /** True when we opened the stream. */
  isOurs: boolean
  sinceMs: number
}

/** Of who sent us wrong bytes to pass on, unless whoever is told of it says longer. */
const WRONG_BAN_MS = 60 * 60 * 1000

/** Streams one peer may have open to us: the one in use, and one that is to take its place. */
const MAX_STREAMS = 4

export class SegmentExchange implements Exchange {
  readonly events = new EventTarget()
  readonly #components: SegmentExchangeComponents
  readonly #init: SegmentExchangeInit
  readonly #server: Server
  readonly #relay: Relay
  readonly #bans: BanList
  readonly #entries = new Map<string, Settled>()
  readonly #greeting = new Set<StreamNeighbour>()
  readonly #connecting = new Map<string, Promise<StreamNeighbour>>()
  #lifetime: AbortController | undefined

  constructor (components: SegmentExchangeComponents, init: SegmentExchangeInit) {
    this.#components = components
    this.#init = init
    this.#server = new Server(components, { isReciprocal: init.hello.role === 'peer' })
    this.#bans = new BanList(components.now)
    this.#relay = new Relay({
      ...components.relay,
      id: components.host.peerId.toString(),
      neighbour: id => this.#entries.get(id)?.neighbour,
      blame: neighbour => { this.#blame(neighbour) },
      maxHeldMs: init.wantTimeoutMs,
      now: components.now,
      log: components.log
    })
  }

  get relayed (): Readonly<Relayed> {
    return this.#relay.counts
  }

  async start (): Promise<void> {
    if (this.#lifetime != null) {
      return
    }
    this.#lifetime = new AbortController()
    this.#components.inventory.events.addEventListener('change', this.#onChange)
    this.#components.limits.events?.addEventListener('change', this.#onLimits)
    await this.#components.host.handle(EXCHANGE_PROTOCOL, this.#accept, {
      maxInboundStreams: MAX_STREAMS,
      maxOutboundStreams: MAX_STREAMS,
      runOnLimitedConnection: true
    })
  }

  async stop (): Promise<void> {
    if (this.#lifetime == null) {
      return
    }
    const lifetime = this.#lifetime
    this.#lifetime = undefined
    lifetime.abort(new PeerGoneError('the exchange stops'))
    this.#components.inventory.events.removeEventListener('change', this.#onChange)
    this.#components.limits.events?.removeEventListener('change', this.#onLimits)
    await this.#components.host.unhandle(EXCHANGE_PROTOCOL)
    for (const neighbour of this.#greeting) {
      neighbour.fail(new PeerGoneError('the exchange stops'))
    }
    await Promise.all(Array.from(this.#entries.values(), async ({ neighbour }) => {
      await neighbour.close()
    }))
    this.#server.stop()
  }

  * neighbours (): Iterable<Neighbour> {
    for (const { neighbour } of this.#entries.values()) {
      yield neighbour
    }
  }

  neighbour (peer: PeerId): Neighbour | undefined {
    return this.#entries.get(peer.toString())?.neighbour
  }

  async connect (
    peer: PeerId, addresses: Multiaddr[], options: { signal?: AbortSignal } = {}
  ): Promise<Neighbour> {
    const key = peer.toString()
    const known = this.neighbour(peer)
    if (known != null && !(known.isLimited && this.#direct(peer) != null)) {
      return known
    }
    let connecting = this.#connecting.get(key)
    if (connecting == null) {
      this.#refuse(peer)
      connecting = this.#connect(peer, addresses).finally(() => { this.#connecting.delete(key) })
      this.#connecting.set(key, connecting)
      // Whoever asked may have stopped waiting.
      connecting.catch(() => {})
    }
    const { connectTimeoutMs } = this.#init
    const direct = connecting.then(neighbour => untilDirect(this.events, neighbour))
    return await until(direct, `connecting to ${key}`, connectTimeoutMs, options.signal)
  }

  ban (peer: PeerId, untilMs: number): void {
    this.#bans.add(peer, untilMs)
    this.#entries.get(peer.toString())?.neighbour.fail(new PeerBannedError('the peer is banned'))
  }

  #blame (neighbour: Neighbour): void {
    this.#components.log.error('banned %p, which sent wrong bytes to be passed on', neighbour.peer)
    this.ban(neighbour.peer, this.#components.now() + WRONG_BAN_MS)
    this.#dispatch('wrong', neighbour)
  }

  async #connect (peer: PeerId, addresses: Multiaddr[]): Promise<StreamNeighbour> {
    const { host } = this.#components
    const timeout = AbortSignal.timeout(this.#init.connectTimeoutMs)
    const lifetime = this.#lifetime?.signal
    const signal = lifetime == null ? timeout : AbortSignal.any([lifetime, timeout])
    const target = addresses.length === 0 ? peer : addresses.map(address => naming(address, peer))
    let connection: Connection
    let stream: Stream
    try {
      connection = this.#direct(peer) ?? host.getConnections(peer).find(isOpen) ??
        await host.dial(target, { signal })
      stream = await connection.newStream(EXCHANGE_PROTOCOL, {
        signal, runOnLimitedConnection: true, negotiateFully: false
      })
    } catch (cause) {
      throw new PeerGoneError(`${peer} could not be reached on ${EXCHANGE_PROTOCOL}`, { cause })
    }
    return await this.#greet(stream, connection, true)
  }

  #direct (peer: PeerId): Connection | undefined {
    return this.#components.host.getConnections(peer).find(isDirectAndOpen)
  }

  readonly #accept = (stream: Stream, connection: Connection): void => {
    try {
      this.#refuse(connection.remotePeer)
    } catch (err) {
      stream.abort(err as Error)
      return
    }
    this.#greet(stream, connection, false).catch((err: Error) => {
      this.#components.log('refused the stream of %p: %s', connection.remotePeer, err.message)
    })
  }

  /** @throws PeerBannedError NeighbourLimitError PeerGoneError */
  #refuse (peer: PeerId): void {
    if (this.#lifetime == null) {
      throw new PeerGoneError('the exchange is not started')
    }
    if (this.#bans.has(peer)) {
      throw new PeerBannedError(`${peer} is banned`)
    }
    const isNew = !this.#entries.has(peer.toString())
    if (isNew && this.#entries.size + this.#greeting.size >= this.#init.maxNeighbours) {
      throw new NeighbourLimitError(`there are ${this.#init.maxNeighbours} neighbours already`)
    }
  }

  async #greet (
    stream: Stream, connection: Connection, isOurs: boolean
  ): Promise<StreamNeighbour> {
    const peer = connection.remotePeer
    const neighbour = new StreamNeighbour({
      ...this.#components,
      ...this.#init,
      peer,
      stream,
      server: this.#server,
      relay: this.#relay,
      account: this.#components.ledger.of(peer),
      isOnLan: isOnLan(connection.remoteAddr),
      isLimited: connection.limits != null,
      hello: this.#hello(),
      alternatives: content =>
        alternatives(content, peer, this.#entries.values(), this.#components.addressesOf),
      onHave: (from, content) => { this.#dispatch('have', { neighbour: from, content }) },
      onClose: (closed, error) => { this.#closed(closed, connection, error) }
    })
    this.#greeting.add(neighbour)
    try {
      await neighbour.start()
    } catch (err) {
      if (err instanceof WrongNetworkError) {
        connection.abort(err)
      }
      throw err
    } finally {
      this.#greeting.delete(neighbour)
    }
    const isDialled = connection.direction === 'outbound'
    const address = isDialled ? naming(connection.remoteAddr, peer).toString() : undefined
    return this.#settle({ neighbour, isOurs, address, sinceMs: this.#components.now() })
  }

  #hello (): Hello {
    const record = this.#init.record()
    return {
      ...this.#init.hello,
      uploadBytesPerSecond: this.#components.limits.uploadBytesPerSecond,
      maxWants: MAX_QUEUED_WANTS,
      ...(record == null ? {} : { record })
    }
  }

  /** Makes a greeted stream the one in use, unless another of the same peer survives. */
  #settle (entry: Settled): StreamNeighbour {
    const { neighbour } = entry
    const { peerId } = this.#components.host
    const key = neighbour.peer.toString()
    if (neighbour.isClosed) {
      throw new PeerGoneError(`${key} left after HELLO`)
    }
    const before = this.#entries.get(key)
    if (before != null && survives(before, entry, peerId, this.#init.helloTimeoutMs)) {
      void neighbour.close()
      return before.neighbour
    }
    this.#entries.set(key, entry)
    if (before != null) {
      void before.neighbour.close()
      this.#dispatch('close', before.neighbour)
    }
    this.#components.ledger.of(neighbour.peer).opened()
    this.#dispatch('open', neighbour)
    return neighbour
  }

  #closed (neighbour: StreamNeighbour, connection: Connection, error: Error | undefined): void {
    const key = neighbour.peer.toString()
    const { log } = this.#components
    if (error == null) log.trace('neighbour %p left', neighbour.peer)
    else log('lost neighbour %p: %s', neighbour.peer, error.message)
    if (this.#entries.get(key)?.neighbour === neighbour) {
      this.#entries.delete(key)
      this.#components.ledger.of(neighbour.peer).closed()
      this.#dispatch('close', neighbour)
    }
    // It went silent: so did the connection under it, and others on it should not wait for that.
    if (neighbour.fault instanceof PeerGoneError && this.#lifetime != null) {
      connection.abort(neighbour.fault)
    }
  }

  readonly #onLimits = (): void => {
    this.#server.adapt()
    for (const { neighbour } of this.#entries.values()) {
      neighbour.adapt()
    }
  }

  readonly #onChange = (event: Event): void => {
    const { detail } = event as CustomEvent<InventoryChange>
    for (const { neighbour } of this.#entries.values()) {
      neighbour.changed(detail)
    }
  }

  #dispatch<K extends keyof ExchangeEvents> (type: K, detail: ExchangeEvents[K]['detail']): void {
    this.events.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

const isOpen = ({ status }: Connection): boolean => status === 'open'

/** Connections through a relay have limits: they carry signalling, not blocks. */
const isDirectAndOpen = ({ status, limits }: Connection): boolean =>
  status === 'open' && limits == null
