/**
 * Keeps what is played most: pins the titles at the top, and fetches what is missing of them.
 * in: counts of plays. out: pins by the name `popular:<content ID>`, blocks in the store, behind
 * everything that plays.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock, Timer } from '../protocols/clock.ts'
import { type Manifest, parseContentId } from '../protocols/content/index.ts'
import type { PopularTitle } from '../protocols/control/index.ts'
import { pause } from './discovery/pause.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'
import type { Plays } from './plays.ts'
import type { Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'
import { fetchWhole } from './whole-title.ts'

/** Higher: less looking; lower: a new hit is kept sooner. */
export const ROUND_MS = 10_000
const MANIFEST_MS = 10_000
/** What pins of popular titles may take of the quota: the rest is for what comes and goes. */
const PINNED_SHARE = 0.5
const PIN_PREFIX = 'popular:'
/** Titles told of, and segments of each. */
const MAX_SHOWN = 100
const MAX_SHOWN_SEGMENTS = 5

export interface PopularComponents {
  plays: Pick<Plays, 'top' | 'topSegments' | 'forget'>
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has' | 'pin' | 'unpin' | 'pins' | 'quotaBytes'>
  clock: Clock
  timer: Timer
  log: Logger
}

export interface PopularInit {
  /** Titles pinned. */
  pinTop: number
  /** Titles fetched whole. */
  prefetchTop: number
  /** Of fetching, 0 for no limit. */
  prefetchBytesPerSecond: number
}

export class Popular {
  readonly #components: PopularComponents
  readonly #init: PopularInit
  #lifetime: AbortController | undefined
  #working: Promise<unknown> = Promise.resolve()

  constructor (components: PopularComponents, init: PopularInit) {
    this.#components = components
    this.#init = init
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    const { pinTop, prefetchTop } = this.#init
    // Also without a title to pin: what an earlier run pinned must go.
    const tasks = [this.#repeat(signal => this.#pinTop(pinTop, signal), signal)]
    if (prefetchTop > 0) {
      tasks.push(this.#repeat(signal => this.#fetchTop(prefetchTop, signal), signal))
    }
    this.#working = Promise.all(tasks)
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort(new DOMException('the node is stopping', 'AbortError'))
    this.#lifetime = undefined
    await this.#working
  }

  /** The titles played most, as the node tells its user. */
  async top (): Promise<PopularTitle[]> {
    const { plays } = this.#components
    const pinned = this.#pinned()
    const segments = plays.topSegments(MAX_SHOWN * MAX_SHOWN_SEGMENTS)
    return await Promise.all(plays.top(MAX_SHOWN).map(async top => ({
      ...top,
      ...await this.#titleOf(top.id),
      isPinned: pinned.has(top.id),
      segments: segments.filter(({ id }) => id.startsWith(`${top.id}/`))
        .slice(0, MAX_SHOWN_SEGMENTS)
    })))
  }

  /** Gives up a title that the user removes. */
  async drop (content: CID): Promise<void> {
    this.#components.plays.forget(content)
    await this.#components.store.unpin(`${PIN_PREFIX}${content}`)
  }

  /** Never rejects. */
  async #repeat (
    round: (signal: AbortSignal) => Promise<void>, signal: AbortSignal
  ): Promise<void> {
    const failure = new RepeatedFailure()
    while (!signal.aborted) {
      try {
        await round(signal)
        failure.isOver()
      } catch (err) {
        if (!signal.aborted && failure.isNews(err)) {
          this.#components.log('cannot keep all that is popular yet: %s', (err as Error).message)
        }
      }
      await pause(this.#components.timer, ROUND_MS, signal)
    }
  }

  /** Pins from the top down as far as their share of the quota goes, and unpins all others. */
  async #pinTop (titles: number, signal: AbortSignal): Promise<void> {
    const { plays, store } = this.#components
    const pinned = this.#pinned()
    const top = new Set<string>()
    let room = store.quotaBytes * PINNED_SHARE
    let failure: unknown
    for (const { id } of plays.top(titles)) {
      try {
        const manifest = await this.#open(id, signal)
        room -= sizeOf(manifest)
        if (room < 0) break
        top.add(id)
        if (!pinned.has(id)) await this.#pin(manifest, signal)
      } catch (err) {
        // One that cannot be read now keeps its pin, and does not stand in the way of the others.
        if (pinned.has(id)) top.add(id)
        failure = err
      }
      signal.throwIfAborted()
    }
    for (const id of pinned) if (!top.has(id)) await store.unpin(`${PIN_PREFIX}${id}`)
    if (failure != null) throw failure
  }

  async #pin (manifest: Manifest, signal: AbortSignal): Promise<void> {
    const { store, log } = this.#components
    const cids: CID[] = []
    for await (const { cid } of manifest.blocks({ signal })) cids.push(cid)
    await store.pin(`${PIN_PREFIX}${manifest.id}`, cids, { signal })
    log('pinned %c, which is among the titles played most', manifest.id)
  }

  /** From the top down as far as the quota goes; one at a time, at the rate set. */
  async #fetchTop (titles: number, signal: AbortSignal): Promise<void> {
    const { plays, store, log } = this.#components
    let room = store.quotaBytes * PINNED_SHARE
    let failure: unknown
    for (const { id } of plays.top(titles)) {
      try {
        const manifest = await this.#open(id, signal)
        room -= sizeOf(manifest)
        if (room < 0) break
        const onBytes = this.#throttle(signal)
        if (await fetchWhole(manifest.id, this.#components, { signal, onBytes })) {
          log('fetched all of %c, which is among the titles played most', manifest.id)
        }
      } catch (err) {
        failure = err
      }
      signal.throwIfAborted()
    }
    if (failure != null) throw failure
  }

  /** Waits until what was fetched so far is within the rate. */
  #throttle (signal: AbortSignal): (bytes: number) => Promise<void> {
    const { prefetchBytesPerSecond: rate } = this.#init
    const { clock, timer } = this.#components
    const sinceMs = clock()
    let fetched = 0
    return async bytes => {
      fetched += bytes
      const dueMs = rate === 0 ? 0 : sinceMs + fetched / rate * 1000
      if (dueMs > clock()) await pause(timer, dueMs - clock(), signal)
      signal.throwIfAborted()
    }
  }

  async #open (id: string, signal: AbortSignal): Promise<Manifest> {
    return await this.#components.retrieval.manifest(parseContentId(id), {
      signal, priority: 'offline', timeoutMs: MANIFEST_MS
    })
  }

  /** What a title whose root is here is called. */
  async #titleOf (id: string): Promise<Pick<PopularTitle, 'title' | 'size'>> {
    const content = parseContentId(id)
    const { retrieval, store } = this.#components
    if (!store.has(content)) return {}
    const manifest = await retrieval.manifest(content, { timeoutMs: MANIFEST_MS })
    return { title: manifest.root.title, size: sizeOf(manifest) }
  }

  #pinned (): Set<string> {
    const names = Array.from(this.#components.store.pins(), ({ name }) => name)
    return new Set(names.filter(name => name.startsWith(PIN_PREFIX))
      .map(name => name.slice(PIN_PREFIX.length)))
  }
}

function sizeOf ({ root }: Manifest): number {
  return root.renditions.reduce((sum, { size }) => sum + size, 0)
}
