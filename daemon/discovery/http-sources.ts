/**
 * The edges and origins a node may pull from: told by trackers and in HELLO, measured by us.
 * in: trackers, signed records.
 * out: URLs of checked sources, best first. What was known stays when trackers fail.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import { type Clock, type Random, systemTimer, type Timer } from '../../protocols/clock.ts'
import {
  type NodeRecord, openRecord, type RecordRules, type Tracker
} from '../../protocols/tracker/index.ts'
import { HttpSourceBook } from './http-source-book.ts'
import { pause } from './pause.ts'
import { RepeatedFailure } from './repeated-failure.ts'
import type { HttpFetch, HttpSource, HttpSources } from './types.ts'

export interface TrackedHttpSourcesComponents {
  trackers: Array<Pick<Tracker, 'httpSources'>>
  /** Our own: an edge or origin is no source to itself. */
  peerId?: PeerId
  log: Logger
  /** The platform's unless said otherwise. */
  fetch?: HttpFetch
  /** Finer than a millisecond where RTTs are. */
  clock?: Clock
  timer?: Timer
  random?: Random
}

export interface TrackedHttpSourcesInit extends Omit<RecordRules, 'clock'> {
  /** Ours: preferred until RTTs are measured. */
  region: string
  /** {@link DEFAULT_REFRESH_MS} */
  refreshMs?: number
}

/** Between two looks at trackers. Higher: less traffic; lower: a new edge is used sooner. */
export const DEFAULT_REFRESH_MS = 30_000

/**
 * While nothing is fetched, one look takes the place of so many. Higher: idle nodes, and servers
 * that many know, have less to do; lower: who presses play knows better which server is near.
 */
const LOOK_AT_REST = 3

/** Waits are drawn from their length ± this share, so that not all look at once. */
const JITTER = 0.25

/** Between two looks at most. Who keeps connections for longer opens none for a look. */
export const LONGEST_REST_MS = LOOK_AT_REST * DEFAULT_REFRESH_MS * (1 + JITTER)

/** While no edge is known we look more often: a network that starts up has none at first. */
const FIRST_REFRESH_MS = 500
const PROBE_TIMEOUT_MS = 2_000
/** Probed each time: the best, and a few at random. Probes by all of a large network are a load. */
const PROBED_BEST = 6
const PROBED_OTHERS = 2
/** A tracker that has not answered by then is not waited for. */
const SETTLE_MS = 2_000
/** A failing source that nobody has told of for so long is forgotten. */
const FORGET_MS = 300_000

export class TrackedHttpSources implements HttpSources {
  readonly #components: TrackedHttpSourcesComponents
  readonly #init: TrackedHttpSourcesInit
  readonly #book: HttpSourceBook
  readonly #clock: Clock
  readonly #failures: RepeatedFailure[]
  readonly #waiting = new Set<() => void>()
  #lifetime: AbortController | undefined
  #startedMs: number | undefined
  #hasAnswer = false
  #isUsed = true
  #running: Promise<void> = Promise.resolve()

  constructor (components: TrackedHttpSourcesComponents, init: TrackedHttpSourcesInit) {
    this.#components = components
    this.#init = init
    this.#book = new HttpSourceBook(init.region)
    this.#failures = components.trackers.map(() => new RepeatedFailure())
    this.#clock = components.clock ?? (() => performance.timeOrigin + performance.now())
  }

  async start (): Promise<void> {
    if (this.#lifetime == null) {
      this.#lifetime = new AbortController()
      this.#startedMs = this.#clock()
      this.#running = this.#run(this.#lifetime.signal)
    }
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    await this.#running
  }

  list (): HttpSource[] {
    return this.#book.list(this.#clock())
  }

  use (): void {
    this.#isUsed = true
  }

  /** True while one of them, or of a role, answered when it was last tried. */
  isAnswering (role?: HttpSource['role']): boolean {
    return this.#book.isAnswering(role)
  }

  isSettled (): boolean {
    return this.#hasAnswer ||
      (this.#startedMs != null && this.#clock() - this.#startedMs >= SETTLE_MS)
  }

  async ready ({ signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted()
    if (this.list().length > 0) {
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = () => { reject(signal.reason) }
    this.#waiting.add(resolve)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      this.#waiting.delete(resolve)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /**
   * Takes up a node's record, such as HELLO carries; without HTTP in it nothing happens.
   *
   * @throws RecordRefusedError InvalidMessageError
   */
  async add (envelope: Uint8Array): Promise<void> {
    const { network, operatorKey } = this.#init
    const record = await openRecord(envelope, { network, operatorKey, clock: this.#clock })
    if (this.#hear(record)) {
      void this.#measure({ url: record.http! })
    }
  }

  async #run (signal: AbortSignal): Promise<void> {
    const { random = Math.random } = this.#components
    const { refreshMs = DEFAULT_REFRESH_MS } = this.#init
    let waitMs = FIRST_REFRESH_MS
    while (!signal.aborted) {
      await this.#ask(signal)
      await this.#probeSome(random)
      waitMs = this.#hasEdge() ? refreshMs : Math.min(refreshMs, waitMs * 2)
      await this.#rest(waitMs, random, signal)
    }
  }

  /** Until somebody should look again. */
  async #rest (ms: number, random: Random, signal: AbortSignal): Promise<void> {
    const { timer = systemTimer } = this.#components
    for (let looks = 0; looks < LOOK_AT_REST && !signal.aborted; looks++) {
      await pause(timer, ms * (1 + JITTER * (2 * random() - 1)), signal)
      if (this.#isUsed || !this.#hasEdge()) break
    }
    this.#isUsed = false
  }

  #hasEdge (): boolean {
    return this.list().some(({ role }) => role === 'edge')
  }

  /** Whom trackers do not name is not forgotten, unless it fails too. */
  async #ask (signal: AbortSignal): Promise<void> {
    const answers = await Promise.all(this.#components.trackers.map(async (tracker, i) => {
      try {
        for (const { record, rttMs } of await tracker.httpSources({ signal })) {
          this.#hear(record, rttMs)
        }
        this.#failures[i]!.isOver()
        return true
      } catch (err) {
        if (!signal.aborted && this.#failures[i]!.isNews(err)) {
          const { message } = err as Error
          this.#components.log('a tracker does not name edges and origins, trying on: %s', message)
        }
        return false
      }
    }))
    if (answers.includes(true)) {
      this.#hasAnswer = true
      this.#book.expire(this.#clock() - FORGET_MS)
    }
  }

  async #probeSome (random: Random): Promise<void> {
    const due = this.#book.due(this.#clock())
    const others = due.slice(PROBED_BEST)
    const lucky = Array.from({ length: Math.min(PROBED_OTHERS, others.length) },
      () => others[Math.floor(random() * others.length)]!)
    await Promise.all(
      [...due.slice(0, PROBED_BEST), ...lucky].map(async source => await this.#measure(source))
    )
  }

  /** Never rejects. */
  async #measure ({ url, rttMs }: Pick<HttpSource, 'url' | 'rttMs'>): Promise<void> {
    // The first request also opens the connection, which is a round trip or two more.
    if (rttMs == null) {
      await this.#request(url)
    }
    const startMs = this.#clock()
    if (await this.#request(url)) {
      this.#book.measured(url, this.#clock() - startMs)
    } else {
      this.#book.failed(url, this.#clock())
    }
  }

  /**
   * True when the source answered. GET: after a HEAD the platform's fetch closes the connection,
   * which the next probe, and the first block of a title, would have to open again.
   */
  async #request (url: string): Promise<boolean> {
    const { fetch = globalThis.fetch } = this.#components
    const deadline = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const lifetime = this.#lifetime?.signal
    const signal = lifetime == null ? deadline : AbortSignal.any([lifetime, deadline])
    try {
      const response = await fetch(`${url}/health`, { redirect: 'error', signal })
      // The few bytes of an honest answer are here already; of more than those nothing is read.
      await response.body?.cancel()
      return response.status < 500
    } catch {
      // Down, unreachable or sending elsewhere: all the same to us, and seen in the list's order.
      return false
    }
  }

  #hear (record: NodeRecord, rttMs?: number): boolean {
    const isNews = !record.peer.equals(this.#components.peerId) &&
      this.#book.hear(record, this.#clock(), rttMs)
    this.#wake()
    return isNews
  }

  #wake (): void {
    if (this.list().length > 0) {
      for (const wake of this.#waiting) {
        wake()
      }
    }
  }
}
