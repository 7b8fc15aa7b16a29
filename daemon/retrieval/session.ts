/**
 * One listener on one rendition.
 * in: the segments it asks for. out: those, with the urgency that its playhead says, and what it
 * will need next fetched ahead. A seek gives up at once what is no longer ahead. In a swarm it also
 * sees to its share.
 */

import type { CID } from 'multiformats/cid'
import type { IndexedSegment, SegmentIndex } from '../../protocols/content/index.ts'
import { openEarly } from './open-early.ts'
import type { PeerBroker } from './peer-broker.ts'
import { Playhead } from './playhead.ts'
import { ReadAhead, type ReadAheadComponents } from './read-ahead.ts'
import { Seeding, type SeedingInit } from './seeding.ts'
import type { FetchedSegment, Retrieval, SegmentOptions } from './types.ts'
import {
  askedLeftMs, DEFAULT_PLAYBACK_SPEED, DOWNLOAD_LEFT_MS, priorityOf
} from './urgency.ts'

export interface SessionComponents extends ReadAheadComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'init' | 'segment' | 'block'>
  /** The neighbours who play the same; absent: one is alone. */
  crowd?: Pick<PeerBroker, 'isOurs' | 'isAround' | 'gathered'>
}

export interface SessionInit {
  /**
   * Media fetched ahead of what is asked for, {@link DEFAULT_AHEAD_MS}. Higher: rides out longer
   * gaps; lower: wastes less on who leaves.
   */
  aheadMs?: number
  /** Segments fetched ahead, {@link DEFAULT_AHEAD_SEGMENTS}; the soonest of the three ends it. */
  aheadSegments?: number
  /** Bytes fetched ahead, {@link DEFAULT_AHEAD_BYTES}. */
  aheadBytes?: number
  /** The fastest that its player plays, {@link DEFAULT_PLAYBACK_SPEED}. */
  playbackSpeed?: number
  /** What the listener's node gets for its swarm; false: nothing. */
  share?: SeedingInit | false
}

export const DEFAULT_AHEAD_MS = 30_000
export const DEFAULT_AHEAD_SEGMENTS = 16
export const DEFAULT_AHEAD_BYTES = 32 * 1024 * 1024

/** A player may have several requests under way, which need not come in order. */
const NEAR_SEGMENTS = 4

/** Who has not asked for so much media, or time, is gone or pauses. */
const ABSENT_SEGMENTS = 3
const ABSENT_MS = 10_000

export class Session {
  readonly #components: SessionComponents
  readonly #content: CID
  readonly #rendition: string
  readonly #init: Required<SessionInit>
  readonly #lifetime = new AbortController()
  readonly #playhead = new Playhead()
  readonly #ahead: ReadAhead
  #index: SegmentIndex | undefined
  #early: AbortController | undefined
  /** The newest segment asked for. */
  #asked: IndexedSegment | undefined
  /** One past the last segment of the window. */
  #beyond = 0
  /** Requests under way that nothing must delay. */
  #urgent = 0
  #isSharing = false
  #isDownload = false
  #usedMs: number

  constructor (
    components: SessionComponents, content: CID, rendition: string, init: SessionInit = {}
  ) {
    this.#components = components
    this.#content = content
    this.#rendition = rendition
    this.#init = {
      aheadMs: DEFAULT_AHEAD_MS,
      aheadSegments: DEFAULT_AHEAD_SEGMENTS,
      aheadBytes: DEFAULT_AHEAD_BYTES,
      playbackSpeed: DEFAULT_PLAYBACK_SPEED,
      share: {},
      ...init
    }
    const place = { content, rendition }
    this.#ahead = new ReadAhead(components, place, {
      neededMs: ({ startMs }) => this.#neededMs(startMs),
      isDownload: () => this.#isDownload
    })
    this.#usedMs = components.clock()
  }

  /** Of the last request, epoch milliseconds. */
  get usedMs (): number {
    return this.#usedMs
  }

  /** The playlist was asked for: gets what every player asks for next, before it does. */
  prime (): void {
    if (this.#asked != null || this.#early != null) {
      return
    }
    this.#early = new AbortController()
    const signal = AbortSignal.any([this.#early.signal, this.#lifetime.signal])
    const { retrieval, clock } = this.#components
    openEarly(retrieval, this.#content, this.#rendition, { signal, neededMs: clock() })
      .catch((err: Error) => {
        // Whoever asks for any of it is told.
        this.#components.log.trace('did not open %c early - %e', this.#content, err)
      })
  }

  /** Serves a segment, and moves the window there. Fails as {@link Retrieval.segment} does. */
  async request (
    number: number, { onBlock, ...options }: Omit<SegmentOptions, 'priority' | 'neededMs'> = {}
  ): Promise<FetchedSegment> {
    const { retrieval, clock } = this.#components
    this.#usedMs = clock()
    const known = await this.#arrive(number, options)
    const nowMs = clock()
    const atSpeedMs = this.#neededMs(known.startMs) - nowMs
    const playedMs = this.#playhead.playedMs(nowMs)
    const leftMs = askedLeftMs(atSpeedMs, playedMs, this.#init.playbackSpeed)
    const neededMs = nowMs + leftMs
    this.#isDownload = atSpeedMs > DOWNLOAD_LEFT_MS
    const priority = priorityOf(leftMs, true)
    const isUrgent = priority === 'urgent'
    this.#hold(isUrgent ? 1 : 0)
    if (!isUrgent) {
      void this.#goOn()
    }
    try {
      const segment = await retrieval.segment(this.#content, this.#rendition, number, {
        ...options,
        priority,
        neededMs,
        isDownload: this.#isDownload,
        // Whoever does not wait for it gets it whole, and is told where all of it came from.
        ...(isUrgent && onBlock != null && { onBlock: this.#giving(known, onBlock) })
      })
      this.#give(known, known.size)
      return segment
    } finally {
      this.#hold(isUrgent ? -1 : 0)
      if (isUrgent) {
        void this.#goOn()
      }
    }
  }

  stop (): void {
    this.#lifetime.abort()
    this.#ahead.stop()
  }

  /** A player that waits plays what it has. */
  #giving (
    segment: IndexedSegment, onBlock: NonNullable<SegmentOptions['onBlock']>
  ): NonNullable<SegmentOptions['onBlock']> {
    let bytes = 0
    return block => {
      bytes += block.bytes.byteLength
      this.#give(segment, bytes)
      onBlock(block)
    }
  }

  /** The player has so many bytes of the segment. */
  #give ({ startMs, durationMs, size }: IndexedSegment, bytes: number): void {
    this.#playhead.give(startMs, startMs + durationMs * bytes / size, this.#components.clock())
  }

  /** The segment asked for. One that is neither near the last nor fetched ahead is a jump. */
  async #arrive (number: number, options: { signal?: AbortSignal }): Promise<IndexedSegment> {
    const last = this.#asked?.number
    const isJump = last == null || number < last - NEAR_SEGMENTS ||
      number > Math.max(this.#beyond, last + 1 + NEAR_SEGMENTS)
    if (isJump) {
      this.#ahead.stop()
    }
    if (number !== (this.#index?.first ?? 0)) {
      this.#early?.abort()
    }
    this.#index ??= (await this.#components.retrieval.manifest(this.#content, {
      ...options, priority: 'urgent'
    })).index(this.#rendition)
    const segment = await this.#index.segment(number, options)
    if (isJump) {
      this.#playhead.seek(segment.startMs)
    }
    if (isJump || number > (this.#asked?.number ?? 0)) {
      this.#asked = segment
    }
    return segment
  }

  #hold (change: number): void {
    this.#urgent += change
    this.#ahead.hold(this.#urgent > 0)
  }

  /** Fetches ahead from where the listener is now. Never rejects. */
  async #goOn (): Promise<void> {
    const { signal } = this.#lifetime
    try {
      await this.#components.crowd?.gathered(this.#content, { signal })
      const asked = this.#asked!
      const window = await this.#window(asked, signal)
      signal.throwIfAborted()
      if (this.#asked === asked) {
        this.#beyond = asked.number + window.length + 1
        this.#ahead.move(window)
        this.#share()
      }
    } catch (err) {
      if (!signal.aborted) {
        this.#components.log.trace('stopped reading ahead in %c - %e', this.#content, err)
      }
    }
  }

  /** What follows the segment, as far as it is to be fetched ahead. */
  async #window (asked: IndexedSegment, signal: AbortSignal): Promise<IndexedSegment[]> {
    const { aheadMs, aheadSegments, aheadBytes } = this.#init
    const index = this.#index!
    const window: IndexedSegment[] = []
    const endMs = asked.startMs + asked.durationMs + aheadMs
    let bytes = 0
    for (let number = asked.number + 1; number < index.next; number++) {
      const segment = await index.segment(number, { signal })
      bytes += segment.size
      if (window.length >= aheadSegments || segment.startMs >= endMs || bytes > aheadBytes) {
        break
      }
      window.push(segment)
    }
    return window
  }

  #share (): void {
    const { crowd } = this.#components
    const { share } = this.#init
    if (crowd == null || share === false || this.#isSharing) {
      return
    }
    this.#isSharing = true
    const place = { content: this.#content, rendition: this.#rendition }
    const seeding = new Seeding({ ...this.#components, crowd }, place, {
      isPresent: () => this.#isPresent(),
      isAtRest: () => this.#urgent === 0,
      beyond: () => this.#beyond
    }, share)
    void seeding.run(this.#index!, this.#lifetime.signal).finally(() => {
      this.#isSharing = false
    })
  }

  #isPresent (): boolean {
    const patienceMs = Math.max(ABSENT_MS, ABSENT_SEGMENTS * (this.#asked?.durationMs ?? 0))
    return this.#components.clock() - this.#usedMs < patienceMs
  }

  #neededMs (mediaMs: number): number {
    return this.#playhead.neededMs(mediaMs, this.#components.clock())
  }
}
