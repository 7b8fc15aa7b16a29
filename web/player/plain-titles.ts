/**
 * Titles that are left to their servers.
 * in: titles that no node could open, and files of them that servers had. out: which ones to play
 * as any player would, as behind a cache that has playlists and segments and no blocks.
 *
 * A node is tried again soon, and late once the server has shown that it serves.
 */

import type { Clock } from '../../protocols/clock.ts'
import type { TitleUrl } from './title-url.ts'

type Title = Pick<TitleUrl, 'base' | 'id'>

/** Higher: a server without blocks is played from with fewer interruptions. */
export const DOUBTED_MS = 5_000
export const SERVED_MS = 60_000
const MAX_TITLES = 64

export class PlainTitles {
  readonly #clock: Clock
  /** Until when, the oldest first. */
  readonly #titles = new Map<string, number>()

  constructor ({ clock }: { clock: Clock }) {
    this.#clock = clock
  }

  has (title: Title): boolean {
    return (this.#titles.get(keyOf(title)) ?? 0) > this.#clock()
  }

  /** No node could open it. */
  add (title: Title): void {
    this.#until(title, DOUBTED_MS)
  }

  /** Its server had a file of it. */
  served (title: Title | undefined): void {
    if (title != null && this.#titles.has(keyOf(title))) this.#until(title, SERVED_MS)
  }

  #until (title: Title, ms: number): void {
    const key = keyOf(title)
    this.#titles.delete(key)
    this.#titles.set(key, this.#clock() + ms)
    const [oldest] = this.#titles.keys()
    if (this.#titles.size > MAX_TITLES) this.#titles.delete(oldest!)
  }
}

const keyOf = ({ base, id }: Title): string => `${base} ${id}`
