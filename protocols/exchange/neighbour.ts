/**
 * One neighbour: what its frames mean, and what we say to it. Both ends ask and serve.
 * in: a stream to it. out: the Neighbour the rest of the node sees.
 */

import type { PeerId, Stream } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock, Random } from '../clock.ts'
import {
  DeadlineError, InvalidMessageError, PeerBusyError, PeerGoneError, WrongNetworkError
} from '../errors.ts'
import type { Coordinate } from '../rtt/index.ts'
import { Heartbeat } from './heartbeat.ts'
import { decodeHello, encodeHello, RAISE_FEATURE } from './hello.ts'
import type { Account } from './ledger.ts'
import { Link } from './link.ts'
import type { Body, Message } from './message.ts'
import { type BlockState, type Channel, RemoteHoldings } from './remote-holdings.ts'
import { Requests } from './requests.ts'
import type { Relay } from './relay.ts'
import type { Server } from './server.ts'
import { Service } from './service.ts'
import { servingClassOf } from './turns.ts'
import type {
  Hello, Inventory, InventoryChange, LatestRtt, Memory, Neighbour, Want, WantOptions
} from './types.ts'
import { until } from './until.ts'
import { DIRECT_SOON_MS } from './until-direct.ts'

export interface NeighbourTimes {
  helloTimeoutMs: number
  pingIntervalMs: number
  wantTimeoutMs: number
  /** How long changes of the inventory are collected before they are told. */
  haveDelayMs: number
}

export interface NeighbourInit extends NeighbourTimes {
  peer: PeerId
  stream: Stream
  /** Ours. */
  hello: Hello
  server: Server
  relay: Relay
  account: Account
  inventory: Inventory
  now: Clock
  random: Random
  isOnLan: boolean
  /** The stream's connection is through a relay. */
  isLimited: boolean
  /** Where we are, for PONG; undefined: not told. */
  coordinate: () => Coordinate | undefined
  /** Multiaddrs of peers that may have a title, for BUSY. */
  alternatives: (content: CID) => string[]
  onHave: (neighbour: Neighbour, content: CID) => void
  onClose: (neighbour: StreamNeighbour, error: Error | undefined) => void
  memory: Memory
}

export class StreamNeighbour implements Neighbour {
  readonly peer: PeerId
  readonly isLimited: boolean
  readonly #init: NeighbourInit
  readonly #link: Link
  readonly #heartbeat: Heartbeat
  readonly #requests: Requests
  readonly #remote = new RemoteHoldings()
  readonly #service: Service
  readonly #greeted = Promise.withResolvers<void>()
  readonly #news = new Map<string, CID>()
  #hello: Hello | undefined
  #isClosed = false

  constructor (init: NeighbourInit) {
    const { stream, now, pingIntervalMs, wantTimeoutMs } = init
    this.peer = init.peer
    this.isLimited = init.isLimited
    this.#init = init
    this.#link = new Link(stream, {
      message: message => { this.#message(message) },
      data: (body, payload) => this.#data(body, payload),
      filled: () => { this.#requests.filled() },
      drained: () => { this.#service.pump() },
      closed: error => { this.#closed(error) }
    }, init.memory)
    this.#service = new Service({
      ...init,
      link: this.#link,
      id: init.peer.toString(),
      rttMs: () => this.rttMs,
      servingClass: () => servingClassOf(this.hello.role, init.isOnLan),
      // A server tells its clients who else has what it has: it must know.
      hasItself: ({ content, rendition, block }) => this.hello.role === 'peer' &&
        this.#remote.holds(content, rendition, block) === 'have'
    })
    this.#requests = new Requests({
      send: (kind, body) => { this.#link.send(kind, body) },
      now,
      maxWants: () => this.hello.maxWants,
      mayRaise: () => this.hello.features.includes(RAISE_FEATURE),
      rttMs: () => this.#heartbeat.rttMs,
      allocate: bytes => init.memory.allocate(bytes),
      timeoutMs: wantTimeoutMs
    })
    this.#heartbeat = new Heartbeat({
      ...init,
      intervalMs: pingIntervalMs,
      ping: nonce => { this.#link.send('ping', { nonce }) },
      fail: error => { this.#link.fail(error) }
    })
    // Nobody waits for it when the stream ends later.
    this.#greeted.promise.catch(() => {})
  }

  /**
   * Says HELLO and waits for the other's.
   *
   * @throws DeadlineError WrongNetworkError PeerGoneError InvalidMessageError
   */
  async start (options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#link.start()
    this.#link.send('hello', encodeHello(this.#init.hello))
    try {
      await until(this.#greeted.promise, 'HELLO', this.#init.helloTimeoutMs, options.signal)
    } catch (err) {
      this.#link.fail(err instanceof Error ? err : new DeadlineError('no HELLO'))
      throw err
    }
  }

  async close (): Promise<void> {
    await this.#link.close()
  }

  fail (error: Error): void {
    this.#link.fail(error)
  }

  get isClosed (): boolean {
    return this.#isClosed
  }

  get hello (): Hello {
    return this.#hello ?? this.#init.hello
  }

  /** Through a relay it tells nothing of the way between us. */
  get rttMs (): number | undefined {
    return this.isLimited ? undefined : this.#heartbeat.rttMs
  }

  get latestRtt (): LatestRtt | undefined {
    return this.isLimited ? undefined : this.#heartbeat.latest
  }

  get coordinate (): Coordinate | undefined {
    return this.#heartbeat.coordinate
  }

  get inFlight (): number {
    return this.#requests.inFlight
  }

  get rateBytesPerSecond (): number | undefined {
    return this.#requests.rateBytesPerSecond
  }

  get isIdle (): boolean {
    return this.#heartbeat.isCalm && this.inFlight === 0 &&
      !this.#remote.isFollowing && !this.#service.isFollowed
  }

  get receivedBytes (): number {
    return this.#link.receivedBytes
  }

  get sentBytes (): number {
    return this.#link.sentBytes
  }

  get fault (): Error | undefined {
    return this.#link.fault
  }

  async interest (content: CID, options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#remote.touch(content)
    const { told } = this.#channel(content)
    await until(told, 'telling what is held', this.#init.wantTimeoutMs, options.signal)
  }

  holds (content: CID, rendition: string, block: number): BlockState {
    return this.#remote.holds(content, rendition, block)
  }

  holdsAny (content: CID): boolean | undefined {
    return this.#remote.holdsAny(content)
  }

  isInterested (content: CID): boolean {
    return this.#service.isInterested(content)
  }

  leave (content: CID): void {
    const channel = this.#remote.release(content)
    if (channel != null) {
      this.#link.send('interest', { channel: channel.number, closed: true })
    }
  }

  want (want: Want, options: WantOptions = {}): Promise<Uint8Array | undefined> {
    if (this.isLimited) {
      return Promise.reject(new PeerBusyError(DIRECT_SOON_MS))
    }
    const channel = want.content == null ? undefined : this.#remote.find(want.content)
    const wanted = this.#requests.want(want, channel?.number ?? 0, options)
    wanted.catch((err: Error) => {
      if (isDenial(err)) {
        this.#init.account.denied(want.size)
      }
    })
    return wanted
  }

  raise (want: Pick<Want, 'cid' | 'priority' | 'deadlineMs'>): void {
    this.#requests.raise(want)
  }

  /** Our limits changed. */
  adapt (): void {
    this.#service.adapt()
  }

  /** Our inventory changed: the neighbour is told where it asked. */
  changed (change: InventoryChange): void {
    this.#service.changed(change)
  }

  #message (message: Message): void {
    this.#heartbeat.heard(message.kind === 'want')
    if (message.kind === 'hello') {
      this.#greet(decodeHello(message.body))
    } else if (this.#hello == null) {
      throw new InvalidMessageError(`${message.kind} before hello`)
    } else {
      this.#take(message)
    }
  }

  #greet (hello: Hello): void {
    if (this.#hello != null) {
      throw new InvalidMessageError('a second hello')
    }
    const { network } = this.#init.hello
    if (hello.network !== network) {
      throw new WrongNetworkError(`the peer is in network "${hello.network}", not "${network}"`)
    }
    this.#hello = hello
    this.#heartbeat.start()
    this.#greeted.resolve()
  }

  #take (message: Exclude<Message, { kind: 'hello' }>): void {
    switch (message.kind) {
      case 'interest': this.#service.interest(message.body); break
      case 'have': this.#have(message.body); break
      case 'want': this.#service.want(message.body); break
      case 'missing': this.#requests.missing(message.body); break
      case 'busy': this.#requests.busy(message.body); break
      case 'unreachable': this.#requests.unreachable(message.body); break
      case 'cancel': this.#service.cancel(message.body); break
      case 'ping': this.#link.send('pong', this.#heartbeat.answer(message.body)); break
      case 'pong': this.#pong(message.body); break
      case 'data': break // comes by #data
    }
  }

  #pong ({ nonce, place }: Body<'pong'>): void {
    if (!this.#service.pong(nonce)) this.#heartbeat.pong(nonce, place)
  }

  #data (body: Body<'data'>, payload: number): Uint8Array | undefined {
    if (this.#hello == null) {
      throw new InvalidMessageError('data before hello')
    }
    this.#heartbeat.heard(true)
    const target = this.#requests.data(body, payload)
    if (target != null) this.#init.account.gave(payload)
    return target
  }

  /** One event a title for all HAVEs that came at once. */
  #have (body: Body<'have'>): void {
    const lost = this.#remote.lostBy(body)
    const content = this.#remote.take(body)
    if (content == null) return
    if (lost.length > 0) this.#service.lost(content, body.rendition, lost)
    if (this.#news.size === 0) {
      setTimeout(() => {
        const news = [...this.#news.values()]
        this.#news.clear()
        if (!this.#isClosed) {
          news.forEach(title => { this.#init.onHave(this, title) })
        }
      }, 0)
    }
    this.#news.set(content.toString(), content)
  }

  #channel (content: CID): Channel {
    const open = this.#remote.find(content)
    if (open != null) {
      return open
    }
    if (this.#isClosed) {
      throw new PeerGoneError('the exchange stream is closed')
    }
    const { opened, closed } = this.#remote.open(content)
    if (closed != null) {
      this.#link.send('interest', { channel: closed.number, closed: true })
    }
    this.#link.send('interest', { channel: opened.number, content: content.bytes })
    return opened
  }

  #closed (error: Error | undefined): void {
    this.#isClosed = true
    this.#heartbeat.stop()
    this.#requests.close(error)
    this.#remote.close(error)
    this.#service.close()
    this.#greeted.reject(namedOr(error))
    this.#init.onClose(this, error)
  }
}

/** It had no room or no answer; not that we had too much under way to it ourselves. */
function isDenial (error: Error): boolean {
  return error instanceof DeadlineError ||
    (error instanceof PeerBusyError && error.retryAfterMs > 0)
}

/** What a caller waiting for HELLO is told: our own verdict, else that the peer left. */
function namedOr (error: Error | undefined): Error {
  const isVerdict = error instanceof WrongNetworkError || error instanceof InvalidMessageError
  return isVerdict
    ? error
    : new PeerGoneError('the exchange stream closed before HELLO', { cause: error })
}
