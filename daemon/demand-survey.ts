/**
 * What the network wants, as one who plays nothing can see it.
 * in: the titles that edges and origins list, and how many peers a tracker names for each. out: a
 * play for every peer that was not among them before.
 */

import type { Logger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Timer } from '../protocols/clock.ts'
import { parseContentId } from '../protocols/content/index.ts'
import type { SongSummary } from '../protocols/control/index.ts'
import { upTo } from '../protocols/lru-bound.ts'
import type { Plays } from './plays.ts'
import { Rounds } from './rounds.ts'

/** Higher: fewer questions to trackers; lower: a new hit is seen sooner. */
export const SURVEY_MS = 10_000
/** Titles asked about at a time: trackers bound what one node may ask. */
export const TITLES_A_ROUND = 24
/** Titles whose peers are remembered. */
const MAX_TITLES = 10_000

export interface DemandSurveyComponents {
  /** What is listed in the network. */
  titles: { list (): Promise<readonly SongSummary[]> }
  /** How many peers hold something of a title, as far as a tracker tells. */
  holders: (content: CID, options: { signal: AbortSignal }) => Promise<number>
  plays: Pick<Plays, 'interest'>
  timer: Timer
  log: Logger
}

export class DemandSurvey {
  readonly #components: DemandSurveyComponents
  readonly #rounds: Rounds
  /** Peers of each title when it was asked about last. */
  readonly #seen = new LRUCache<string, number>(upTo(MAX_TITLES))
  #next = 0

  constructor (components: DemandSurveyComponents) {
    this.#components = components
    const init = { pauseMs: () => SURVEY_MS, failure: 'cannot ask what is wanted yet' }
    this.#rounds = new Rounds(components, init, signal => this.#round(signal))
  }

  start (): void {
    this.#rounds.start()
  }

  async stop (): Promise<void> {
    await this.#rounds.stop()
  }

  /** The next titles of the list, so that each has its turn. */
  async #round (signal: AbortSignal): Promise<void> {
    const songs = (await this.#components.titles.list()).slice(0, MAX_TITLES)
    const count = Math.min(songs.length, TITLES_A_ROUND)
    for (let i = 0; i < count; i++) {
      const { id } = songs[this.#next++ % songs.length]!
      await this.#ask(parseContentId(id), signal)
      signal.throwIfAborted()
    }
  }

  async #ask (content: CID, signal: AbortSignal): Promise<void> {
    const { holders, plays } = this.#components
    const id = content.toString()
    const now = await holders(content, { signal })
    for (let n = this.#seen.get(id) ?? 0; n < now; n++) plays.interest(content)
    this.#seen.set(id, now)
  }
}
