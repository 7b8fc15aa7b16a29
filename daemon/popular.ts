/**
 * Keeps what is played most: pins the titles at the top, and fetches what is missing of them.
 * in: counts of plays. out: pins by the name `popular:<content ID>`, blocks in the store, behind
 * everything that plays.
 */

import type { Logger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../protocols/cid.ts'
import type { Clock, Timer } from '../protocols/clock.ts'
import {
  type LoadBlock, type Manifest, openManifest, parseContentId
} from '../protocols/content/index.ts'
import type { PopularTitle } from '../protocols/control/index.ts'
import { ContentNotFoundError } from '../protocols/errors.ts'
import { DEFAULT_BLOCK_BYTES } from '../protocols/limits.ts'
import { pause } from './discovery/pause.ts'
import type { Plays } from './plays.ts'
import type { Retrieval } from './retrieval/index.ts'
import { Rounds } from './rounds.ts'
import type { Store } from './store/index.ts'
import { fetchWhole } from './whole-title.ts'

/** Higher: less looking; lower: a new hit is kept sooner. */
export const ROUND_MS = 10_000
const MANIFEST_MS = 10_000
/** What popular titles may take of what no other pin has: the rest is for what comes and goes. */
const SHARE = 0.5
/** A title that was whole is looked at again after this: what is not pinned may be evicted. */
const WHOLE_MS = 300_000
/** Titles whose name and size are remembered. */
const MAX_FACTS = 1000
const PIN_PREFIX = 'popular:'
/** Titles told of, and segments of each. */
const MAX_SHOWN = 100
const MAX_SHOWN_SEGMENTS = 5

export interface PopularComponents {
  plays: Pick<Plays, 'top' | 'topSegments' | 'forget'>
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'get' | 'has' | 'pin' | 'unpin' | 'pins' | 'quotaBytes'>
  sha256: Sha256
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

interface Facts { title: string, size: number }

export class Popular {
  readonly #components: PopularComponents
  readonly #init: PopularInit
  readonly #facts = new LRUCache<string, Facts>({ max: MAX_FACTS })
  /** When a title was seen whole, epoch milliseconds. */
  readonly #whole = new LRUCache<string, number>({ max: MAX_FACTS })
  readonly #rounds: Rounds[]

  constructor (components: PopularComponents, init: PopularInit) {
    this.#components = components
    this.#init = init
    const { pinTop, prefetchTop } = init
    const roundsOf = (round: (signal: AbortSignal) => Promise<void>): Rounds => new Rounds(
      components, { pauseMs: () => ROUND_MS, failure: 'cannot keep all that is popular yet' }, round
    )
    // Also without a title to pin: what an earlier run pinned must go.
    this.#rounds = [roundsOf(signal => this.#pinTop(pinTop, signal))]
    if (prefetchTop > 0) this.#rounds.push(roundsOf(signal => this.#fetchTop(prefetchTop, signal)))
  }

  start (): void {
    for (const rounds of this.#rounds) rounds.start()
  }

  async stop (): Promise<void> {
    await Promise.all(this.#rounds.map(rounds => rounds.stop()))
  }

  /** The titles played most, as the node tells its user. */
  async top (): Promise<PopularTitle[]> {
    const { plays } = this.#components
    const pinned = this.#pinned()
    const segments = plays.topSegments(MAX_SHOWN * MAX_SHOWN_SEGMENTS)
    return await Promise.all(plays.top(MAX_SHOWN).map(async top => ({
      ...top,
      ...await this.#ownFacts(top.id).catch(() => undefined), // Its ID will do.
      isPinned: pinned.has(top.id),
      segments: segments.filter(({ id }) => id.startsWith(`${top.id}/`))
        .slice(0, MAX_SHOWN_SEGMENTS)
    })))
  }

  /** Gives up a title that the user removes. */
  async drop (content: CID): Promise<void> {
    this.#components.plays.forget(content)
    this.#whole.delete(content.toString())
    await this.#components.store.unpin(`${PIN_PREFIX}${content}`)
  }

  /** Pins from the top down as far as their share of the quota goes, and unpins all others. */
  async #pinTop (titles: number, signal: AbortSignal): Promise<void> {
    const { plays, store } = this.#components
    const pinned = this.#pinned()
    const top = new Set<string>()
    let room = this.#room()
    let failure: unknown
    for (const { id } of plays.top(titles)) {
      try {
        room -= (await this.#factsOf(id, signal)).size
        if (room < 0) break
        top.add(id)
        if (!pinned.has(id)) await this.#pin(await this.#open(id, signal), signal)
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
    const { plays, clock, log } = this.#components
    let room = this.#room()
    let failure: unknown
    for (const { id } of plays.top(titles)) {
      try {
        room -= (await this.#factsOf(id, signal)).size
        if (room < 0) break
        if (clock() - (this.#whole.get(id) ?? 0) < WHOLE_MS) continue
        const onBytes = this.#throttle(signal)
        if (await fetchWhole(parseContentId(id), this.#components, { signal, onBytes })) {
          log('fetched all of %s, which is among the titles played most', id)
        }
        this.#whole.set(id, clock())
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

  async #factsOf (id: string, signal: AbortSignal): Promise<Facts> {
    return await this.#ownFacts(id) ?? this.#note(await this.#open(id, signal))
  }

  /** From our store, where the root is there, so that no search for it begins. */
  async #ownFacts (id: string): Promise<Facts | undefined> {
    const { store, sha256 } = this.#components
    const content = parseContentId(id)
    const known = this.#facts.get(id)
    if (known != null || !store.has(content)) return known
    const load: LoadBlock = async cid => {
      const bytes = await store.get(cid)
      if (bytes == null) throw new ContentNotFoundError(`${cid} is not in our store`)
      return bytes
    }
    return this.#note(await openManifest(content, load, { sha256 }))
  }

  #note ({ id, root: { title, renditions } }: Manifest): Facts {
    const facts = { title, size: renditions.reduce((sum, { size }) => sum + size, 0) }
    this.#facts.set(id.toString(), facts)
    return facts
  }

  /** What popular titles may take, in bytes. */
  #room (): number {
    const { store } = this.#components
    const others = [...store.pins()].filter(({ name }) => !name.startsWith(PIN_PREFIX))
    const blocks = others.reduce((sum, { blocks }) => sum + blocks, 0)
    return Math.max(0, store.quotaBytes - blocks * DEFAULT_BLOCK_BYTES) * SHARE
  }

  #pinned (): Set<string> {
    const names = Array.from(this.#components.store.pins(), ({ name }) => name)
    return new Set(names.filter(name => name.startsWith(PIN_PREFIX))
      .map(name => name.slice(PIN_PREFIX.length)))
  }
}
