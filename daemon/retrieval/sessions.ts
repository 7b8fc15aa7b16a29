/**
 * The listeners a node serves.
 * in: who asks for which segment. out: the segment, from the session of that listener.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { Playback, type PlaybackMetrics } from './playback.ts'
import { Session, type SessionComponents, type SessionInit } from './session.ts'
import type { FetchedSegment, SegmentOptions } from './types.ts'

export interface SessionsComponents extends Omit<SessionComponents, 'log'> {
  logger: ComponentLogger
  /** Hears how playing goes. */
  playback?: PlaybackMetrics
}

export interface SessionsInit extends SessionInit {
  /** Listeners known at a time, {@link DEFAULT_MAX_SESSIONS}; the longest silent is forgotten. */
  maxSessions?: number
  /** A listener silent for so long is gone, {@link DEFAULT_SESSION_IDLE_MS}. */
  idleMs?: number
}

export interface SessionRequest extends Omit<SegmentOptions, 'priority' | 'neededMs'> {
  /** Tells listeners of one rendition apart: an address, a cookie. */
  client?: string
}

export const DEFAULT_MAX_SESSIONS = 256
export const DEFAULT_SESSION_IDLE_MS = 60_000

/**
 * @example
 * const sessions = new Sessions({ retrieval, store, clock: Date.now, logger })
 * const segment = await sessions.request(content, '128k', 7, { client: '127.0.0.1', signal })
 */
export class Sessions {
  readonly #components: SessionComponents
  readonly #init: SessionsInit
  readonly #playback: Playback | undefined
  /** Longest silent first. */
  readonly #sessions = new Map<string, Session>()

  constructor (
    { logger, playback, ...components }: SessionsComponents, init: SessionsInit = {}
  ) {
    this.#components = { ...components, log: logger.forComponent('cdnd:session') }
    this.#init = init
    const { clock } = components
    this.#playback = playback && new Playback({ metrics: playback, clock })
  }

  get size (): number {
    return this.#sessions.size
  }

  /** Fails as {@link Retrieval.segment} does. */
  request (
    content: CID, rendition: string, number: number,
    { client = '', ...options }: SessionRequest = {}
  ): Promise<FetchedSegment> {
    const askedMs = this.#components.clock()
    const segment = this.#session(content, rendition, client).request(number, options)
    this.#expire()
    // Who asked is told of a failure; it is no media given.
    segment.then(() => this.#note(content, rendition, number, client, askedMs), () => {})
    return segment
  }

  /** The listener has waited so long for a playlist of the title. */
  opened (content: CID, ms: number, { client = '' }: { client?: string } = {}): void {
    this.#playback?.opened(`${content} ${client}`, ms)
  }

  /** The listener's playlist was asked for: what it will want first is fetched already. */
  prime (content: CID, rendition: string, { client = '' }: { client?: string } = {}): void {
    this.#session(content, rendition, client).prime()
    this.#expire()
  }

  /** The listener plays another rendition now: what is on its way of this one is given up. */
  leave (content: CID, rendition: string, { client = '' }: { client?: string } = {}): void {
    const key = keyOf(content, rendition, client)
    this.#sessions.get(key)?.stop()
    this.#sessions.delete(key)
  }

  stop (): void {
    for (const session of this.#sessions.values()) {
      session.stop()
    }
    this.#sessions.clear()
  }

  /** Never rejects. */
  async #note (
    content: CID, rendition: string, number: number, client: string, askedMs: number
  ): Promise<void> {
    if (this.#playback == null) return
    const { retrieval, clock } = this.#components
    const nowMs = clock()
    try {
      const index = (await retrieval.manifest(content)).index(rendition)
      const segment = await index.segment(number)
      this.#playback.given(`${content} ${client}`, segment, askedMs, nowMs)
    } catch {
      // The title was forgotten meanwhile: its figures are no reason to fetch it again.
    }
  }

  #session (content: CID, rendition: string, client: string): Session {
    const key = keyOf(content, rendition, client)
    const session = this.#sessions.get(key) ??
      new Session(this.#components, content, rendition, this.#init)
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    return session
  }

  #expire (): void {
    const { maxSessions = DEFAULT_MAX_SESSIONS, idleMs = DEFAULT_SESSION_IDLE_MS } = this.#init
    const oldestMs = this.#components.clock() - idleMs
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= maxSessions && session.usedMs >= oldestMs) {
        return
      }
      session.stop()
      this.#sessions.delete(key)
    }
  }
}

const keyOf = (content: CID, rendition: string, client: string): string =>
  `${content} ${rendition} ${client}`
