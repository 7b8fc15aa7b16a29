/**
 * One tracker as a place to say what we hold, how much of it, and that we live.
 */

import type { CID } from 'multiformats/cid'
import { MAX_ANNOUNCED_TITLES } from '../../protocols/limits.ts'
import type { AnnouncedTitle, Tracker } from '../../protocols/tracker/index.ts'
import type { HeldTitle, ProviderRegistry } from './types.ts'

export class TrackerRegistry implements ProviderRegistry {
  readonly name = 'tracker'
  readonly tracksCompleteness = true
  readonly #tracker: Tracker

  constructor (tracker: Tracker) {
    this.#tracker = tracker
  }

  async provide (titles: HeldTitle[], options: { signal: AbortSignal }): Promise<void> {
    await this.#tracker.announce(titles.map(toAnnounced), options)
  }

  async withdraw (contents: CID[], options: { signal: AbortSignal }): Promise<void> {
    for (let at = 0; at < contents.length; at += MAX_ANNOUNCED_TITLES) {
      await this.#tracker.withdraw(contents.slice(at, at + MAX_ANNOUNCED_TITLES), options)
    }
  }

  async heartbeat (options: { signal: AbortSignal }): Promise<{ known: boolean }> {
    return await this.#tracker.heartbeat(options)
  }

  async leave (options: { signal: AbortSignal }): Promise<void> {
    await this.#tracker.leave(options)
  }
}

function toAnnounced ({ content, completeness, segments }: HeldTitle): AnnouncedTitle {
  return { content, renditions: completeness, ...(segments == null ? {} : { segments }) }
}
