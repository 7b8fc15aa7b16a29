/**
 * Something that changes, as server-sent events.
 * in: HTTP responses to speak to. out: to each the whole of it, then what changed, one event a look
 * at most, and in one piece, however long it could not be told. A comment when there was nothing
 * else to say for a while. Who does not read is cut off.
 */

import type { ServerResponse } from 'node:http'
import type { Logger } from '@libp2p/interface'
import type { Clock, Timer } from '../protocols/clock.ts'
import { OverloadedError } from '../protocols/errors.ts'

export interface EventFeedComponents<T> {
  /** It as it is now: the same object while nothing has changed. */
  look: () => Promise<T>
  /** The event that tells all of it. */
  whole: (value: T) => ServerSentEvent
  /** The event that turns one into the other; undefined when there is nothing to tell. */
  news: (before: T, after: T) => ServerSentEvent | undefined
  clock: Clock
  timer: Timer
  log: Logger
}

/** `data` is one line of JSON. */
export interface ServerSentEvent { event: string, data: string | Buffer }

export interface EventFeedInit {
  /** Listeners at once. Higher: more pages; lower: less memory and sending. */
  maxListeners?: number
  /** Of them, of one IP address. */
  maxPerAddress?: number
  /** Between two looks. */
  intervalMs?: number
  /** Without news, a comment after so long, so that proxies keep the connection. */
  heartbeatMs?: number
  /** Who does not read for so long is cut off. Lower: less memory for the slow. */
  slowMs?: number
  /** Told to who finds it full. */
  refusal?: string
}

export const DEFAULT_FEED: Required<EventFeedInit> = {
  maxListeners: 64,
  maxPerAddress: 8,
  intervalMs: 1_000,
  heartbeatMs: 15_000,
  slowMs: 10_000,
  refusal: 'as many listen as this node takes: try later'
}

/** Browsers come back after so long. */
const RETRY_MS = 3_000
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Some proxies gather an answer before they pass it on.
  'x-accel-buffering': 'no'
}

interface Listener<T> {
  response: ServerResponse
  address: string
  /** As the listener knows it. */
  told: T
  toldMs: number
  /** Since when it has not taken what was written. */
  stuckSinceMs?: number
}

export class EventFeed<T extends object> {
  readonly #components: EventFeedComponents<T>
  readonly #init: Required<EventFeedInit>
  readonly #listeners = new Set<Listener<T>>()
  #cancelTick: (() => void) | undefined

  constructor (components: EventFeedComponents<T>, init: EventFeedInit = {}) {
    this.#components = components
    this.#init = { ...DEFAULT_FEED, ...init }
  }

  get size (): number { return this.#listeners.size }

  /**
   * Speaks to a response until its connection closes.
   *
   * @throws OverloadedError when there are as many listeners as we take
   */
  async add (response: ServerResponse, address: string): Promise<void> {
    const told = await this.#components.look()
    this.#assertRoom(address)
    if (response.destroyed) return
    const listener = { response, address, told, toldMs: this.#components.clock() }
    this.#listeners.add(listener)
    response.on('close', () => { this.#listeners.delete(listener) })
    response.writeHead(200, HEADERS)
    const { event, data } = this.#components.whole(told)
    this.#write(listener, `retry: ${RETRY_MS}\nevent: ${event}\ndata: `, data, END)
    this.#tickLater()
  }

  /** Ends every connection; browsers come back by themselves. */
  stop (): void {
    this.#cancelTick?.()
    this.#cancelTick = undefined
    for (const { response } of this.#listeners) response.destroy()
    this.#listeners.clear()
  }

  #assertRoom (address: string): void {
    const { maxListeners, maxPerAddress, refusal } = this.#init
    const alike = [...this.#listeners].filter(listener => listener.address === address)
    if (this.#listeners.size >= maxListeners || alike.length >= maxPerAddress) {
      throw new OverloadedError(refusal)
    }
  }

  #tickLater (): void {
    if (this.#listeners.size === 0) return
    this.#cancelTick ??= this.#components.timer(this.#init.intervalMs, () => {
      void this.#tick().finally(() => {
        this.#cancelTick = undefined
        this.#tickLater()
      })
    })
  }

  /** Never rejects: the next look may succeed. */
  async #tick (): Promise<void> {
    try {
      const now = await this.#components.look()
      const news = new Map<T, Buffer | undefined>()
      for (const listener of this.#listeners) this.#tell(listener, now, news)
    } catch (err) {
      this.#components.log.error('could not look for news - %e', err)
    }
  }

  /** `news` by what a listener knows: most know the same. */
  #tell (listener: Listener<T>, now: T, news: Map<T, Buffer | undefined>): void {
    const { heartbeatMs, slowMs } = this.#init
    const nowMs = this.#components.clock()
    if (listener.stuckSinceMs != null) {
      if (nowMs - listener.stuckSinceMs >= slowMs) listener.response.destroy()
      return
    }
    if (!news.has(listener.told)) news.set(listener.told, this.#newsOf(listener.told, now))
    const bytes = news.get(listener.told)
    listener.told = now
    if (bytes != null) this.#write(listener, bytes)
    else if (nowMs - listener.toldMs >= heartbeatMs) this.#write(listener, ':\n\n')
  }

  #newsOf (before: T, now: T): Buffer | undefined {
    const told = before === now ? undefined : this.#components.news(before, now)
    return told && Buffer.from(`event: ${told.event}\ndata: ${told.data}${END}`)
  }

  #write (listener: Listener<T>, ...pieces: Array<string | Buffer>): void {
    const { response } = listener
    listener.toldMs = this.#components.clock()
    const hasRoom = pieces.map(piece => response.write(piece)).every(Boolean)
    if (hasRoom) return
    listener.stuckSinceMs = listener.toldMs
    response.once('drain', () => { delete listener.stuckSinceMs })
  }
}

const END = '\n\n'
