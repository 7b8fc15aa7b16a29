/**
 * Fetches what is pinned and not here yet, also what an earlier run of the node left unfinished.
 * in: the store's pins whose name is a content ID. out: their blocks in the store, one after the
 * other, behind everything that plays. A title that cannot be had now is tried again.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Timer } from '../protocols/clock.ts'
import { contentIdIn } from '../protocols/content/index.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'
import type { Retrieval } from './retrieval/index.ts'
import { Rounds } from './rounds.ts'
import type { Store } from './store/index.ts'
import { fetchWhole, type WholeTitleComponents } from './whole-title.ts'

const FIRST_PAUSE_MS = 2_000
/** Higher: less asking in vain; lower: a title is whole sooner after its holders come back. */
const LONGEST_PAUSE_MS = 300_000

export interface KeeperComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has' | 'pins'>
  isFirst?: WholeTitleComponents['isFirst']
  timer: Timer
  log: Logger
}

export class Keeper {
  readonly #components: KeeperComponents
  readonly #rounds: Rounds
  /** Content IDs seen whole: not looked at again. */
  readonly #kept = new Set<string>()
  readonly #failure = new RepeatedFailure()
  /** Rounds in a row in which a title could not be fetched. */
  #failures = 0
  #current: { name: string, ends: AbortController } | undefined

  constructor (components: KeeperComponents) {
    this.#components = components
    const init = { pauseMs: () => this.#pauseMs(), failure: 'cannot look at the pins yet' }
    this.#rounds = new Rounds(components, init, signal => this.#round(signal))
  }

  start (): void {
    this.#rounds.start()
  }

  async stop (): Promise<void> {
    await this.#rounds.stop()
  }

  /** Looks at the pins now: one was added. */
  keep (): void {
    this.#rounds.wake()
  }

  /** Stops fetching a title that is pinned no more. */
  release (content: CID): void {
    const name = content.toString()
    this.#kept.delete(name)
    if (this.#current?.name === name) this.#current.ends.abort()
  }

  /** Over all pins. */
  async #round (signal: AbortSignal): Promise<void> {
    const names = [...this.#components.store.pins()].map(({ name }) => name)
    let isWhole = true
    for (const name of names) {
      // Undefined for a pin by another than a user, such as a publisher's.
      const content = this.#kept.has(name) ? undefined : contentIdIn(name)
      if (content == null) continue
      if (!await this.#fetched(content, signal)) isWhole = false
      if (signal.aborted) return
    }
    this.#failures = isWhole ? 0 : this.#failures + 1
  }

  #pauseMs (): number {
    return this.#failures === 0
      ? LONGEST_PAUSE_MS
      : Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS)
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
