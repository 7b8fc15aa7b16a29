/**
 * Fetches what is pinned and not here yet, also what an earlier run of the node left unfinished.
 * in: the store's pins whose name is a content ID. out: their blocks in the store, one after the
 * other, behind everything that plays. A title that cannot be had now is tried again.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Timer } from '../protocols/clock.ts'
import { parseContentId } from '../protocols/content/index.ts'
import { pause } from './discovery/pause.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'
import type { Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'
import { fetchWhole } from './whole-title.ts'

const FIRST_PAUSE_MS = 2_000
/** Higher: less asking in vain; lower: a title is whole sooner after its holders come back. */
const LONGEST_PAUSE_MS = 300_000

export interface KeeperComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has' | 'pins'>
  timer: Timer
  log: Logger
}

export class Keeper {
  readonly #components: KeeperComponents
  /** Content IDs seen whole: not looked at again. */
  readonly #kept = new Set<string>()
  readonly #failure = new RepeatedFailure()
  #lifetime: AbortController | undefined
  #current: { name: string, ends: AbortController } | undefined
  #wake = new AbortController()
  #working: Promise<void> = Promise.resolve()

  constructor (components: KeeperComponents) {
    this.#components = components
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    this.#working = this.#run(this.#lifetime.signal)
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort(new DOMException('the node is stopping', 'AbortError'))
    this.#lifetime = undefined
    await this.#working
  }

  /** Looks at the pins now: one was added. */
  keep (): void {
    this.#wake.abort()
  }

  /** Stops fetching a title that is pinned no more. */
  release (content: CID): void {
    const name = content.toString()
    this.#kept.delete(name)
    if (this.#current?.name === name) this.#current.ends.abort()
  }

  /** Rounds over the pins, until the signal aborts. Never rejects. */
  async #run (signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      this.#wake = new AbortController()
      failures = await this.#round(signal) ? 0 : failures + 1
      const pauseMs = failures === 0 ? LONGEST_PAUSE_MS : FIRST_PAUSE_MS * 2 ** (failures - 1)
      await pause(this.#components.timer, Math.min(pauseMs, LONGEST_PAUSE_MS),
        AbortSignal.any([signal, this.#wake.signal]))
    }
  }

  /** True when every pinned title is here. */
  async #round (signal: AbortSignal): Promise<boolean> {
    const names = [...this.#components.store.pins()].map(({ name }) => name)
    let isWhole = true
    for (const name of names) {
      const content = this.#kept.has(name) ? undefined : contentNamed(name)
      if (content == null) continue
      if (!await this.#fetched(content, signal)) isWhole = false
      if (signal.aborted) return true
    }
    return isWhole
  }

  /** False when the title could not be fetched. */
  async #fetched (content: CID, signal: AbortSignal): Promise<boolean> {
    const name = content.toString()
    const ends = new AbortController()
    this.#current = { name, ends }
    try {
      const isNew = await fetchWhole(content, this.#components, {
        signal: AbortSignal.any([ends.signal, signal])
      })
      if (isNew) this.#components.log('fetched all of pinned %c', content)
      this.#kept.add(name)
      this.#failure.isOver()
      return true
    } catch (err) {
      if (ends.signal.aborted || signal.aborted) return true
      if (this.#failure.isNews(err)) {
        this.#components.log.error('cannot fetch all of pinned %c yet, trying on: %s',
          content, (err as Error).message)
      }
      return false
    } finally {
      this.#current = undefined
    }
  }
}

/** Undefined for a pin by another than a user, such as a publisher's. */
function contentNamed (name: string): CID | undefined {
  try {
    return parseContentId(name)
  } catch {
    return undefined
  }
}
