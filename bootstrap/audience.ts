/**
 * Who wants which title at the moment: whoever asks a tracker for its providers is about to play
 * it.
 * in: who asked for what. out: those who did lately, so that a crowd knows itself from its first
 * question on, before anyone has something to announce.
 *
 * It lasts a minute and says nothing that a node swears to: it is not kept elsewhere.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../protocols/clock.ts'

export interface AudienceInit {
  /** {@link DEFAULT_AUDIENCE_MS} */
  ttlMs?: number
}

/** A little longer than nodes wait before they ask again for a title they play. */
export const DEFAULT_AUDIENCE_MS = 45_000

/** The title longest not asked for makes room, and of one title the peer that asked first. */
export const MAX_AUDIENCE_TITLES = 10_000
export const MAX_AUDIENCE_PEERS = 200

export class Audience {
  readonly #clock: Clock
  readonly #ttlMs: number
  /** When each peer asked last, epoch milliseconds; the longest ago first. */
  readonly #askers = new LRUCache<string, Map<string, number>>({ max: MAX_AUDIENCE_TITLES })

  constructor (components: { clock: Clock }, init: AudienceInit = {}) {
    this.#clock = components.clock
    this.#ttlMs = init.ttlMs ?? DEFAULT_AUDIENCE_MS
  }

  add (content: CID, peer: string): void {
    const key = content.toString()
    const askers = this.#askers.get(key) ?? new Map<string, number>()
    askers.delete(peer)
    askers.set(peer, this.#clock())
    if (askers.size > MAX_AUDIENCE_PEERS) {
      const [first] = askers.keys()
      askers.delete(first!)
    }
    this.#askers.set(key, askers)
  }

  /** Peers that asked for the title lately, the last of them last. Not to be kept: it changes. */
  of (content: CID): ReadonlyMap<string, unknown> {
    const askers = this.#askers.get(content.toString()) ?? new Map<string, number>()
    const sinceMs = this.#clock() - this.#ttlMs
    for (const [peer, askedMs] of askers) {
      if (askedMs > sinceMs) break
      askers.delete(peer)
    }
    return askers
  }
}
