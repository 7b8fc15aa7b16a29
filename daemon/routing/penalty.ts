/**
 * Who is not asked for now: banned for wrong bytes, or left in peace after failures.
 * in: what a peer or URL did. out: whether it may be asked. Kept in memory, bounded.
 */

import type { Clock } from '../../protocols/clock.ts'

/**
 * For one block that did not hash to its CID. Higher: safer; lower: forgives a repaired disk
 * sooner.
 */
export const DEFAULT_BAN_MS = 60 * 60 * 1000

/** After a first failure; each further one doubles it. */
export const FIRST_BACKOFF_MS = 250

/**
 * No backoff is longer. Higher: a dead source costs less; lower: a source that returns is used
 * sooner.
 */
export const MAX_BACKOFF_MS = 5_000

/**
 * Of a source that is busy for no time at all: asking again at once would never end. Each further
 * time in a row doubles it.
 */
const MIN_PAUSE_MS = 100

const DEFAULT_MAX_ENTRIES = 4096

export interface PenaltyInit {
  /** Sources remembered at a time, {@link DEFAULT_MAX_ENTRIES}. */
  maxEntries?: number
}

interface Entry {
  bannedUntilMs: number
  pausedUntilMs: number
  failures: number
  failedAtMs: number
  /** Times in a row that it had no room. */
  refusals: number
}

/** One book a node: peers by peer ID, edges and origins by URL as well. */
export class PenaltyBook {
  readonly #now: Clock
  readonly #maxEntries: number
  /** Least recently written first. */
  readonly #entries = new Map<string, Entry>()

  constructor (components: { clock: Clock }, init: PenaltyInit = {}) {
    this.#now = components.clock
    this.#maxEntries = init.maxEntries ?? DEFAULT_MAX_ENTRIES
  }

  /**
   * Not to be asked for `forMs`, whatever it does meanwhile. Returns the end, epoch milliseconds.
   */
  ban (id: string, forMs: number = DEFAULT_BAN_MS): number {
    const entry = this.#entry(id)
    entry.bannedUntilMs = Math.max(entry.bannedUntilMs, this.#now() + forMs)
    return entry.bannedUntilMs
  }

  /** Said itself that it has no room for `forMs`. */
  pause (id: string, forMs: number): void {
    const entry = this.#entry(id)
    const leastMs = MIN_PAUSE_MS * 2 ** entry.refusals
    const withinReason = Math.min(Math.max(leastMs, forMs), MAX_BACKOFF_MS)
    if (entry.pausedUntilMs <= this.#now()) {
      entry.refusals++
    }
    entry.pausedUntilMs = Math.max(entry.pausedUntilMs, this.#now() + withinReason)
  }

  /**
   * Failed or did not answer in time. Requests begun before the last failure (`sinceMs`, epoch)
   * tell nothing new, so that ten lost together count once. True the first time since it did well.
   */
  fail (id: string, sinceMs: number = this.#now()): boolean {
    const known = this.#entries.get(id)
    if (known != null && known.failures > 0 && sinceMs < known.failedAtMs) {
      return false
    }
    const entry = this.#entry(id)
    const now = this.#now()
    entry.pausedUntilMs = Math.max(
      entry.pausedUntilMs, now + Math.min(FIRST_BACKOFF_MS * 2 ** entry.failures, MAX_BACKOFF_MS)
    )
    entry.failures++
    entry.refusals = 0
    entry.failedAtMs = now
    return entry.failures === 1
  }

  /** Answered well: failures are forgotten, bans are not. */
  succeed (id: string): void {
    const entry = this.#entries.get(id)
    if (entry != null && entry.bannedUntilMs <= this.#now()) {
      this.#entries.delete(id)
    }
  }

  isBanned (id: string): boolean {
    const entry = this.#entries.get(id)
    return entry != null && entry.bannedUntilMs > this.#now()
  }

  /** Banned, or in backoff. */
  isBlocked (id: string): boolean {
    const entry = this.#entries.get(id)
    return entry != null && Math.max(entry.bannedUntilMs, entry.pausedUntilMs) > this.#now()
  }

  /** Paused because it said that it has no room. */
  isBusy (id: string): boolean {
    return this.isBlocked(id) && !this.isBanned(id) && this.#entries.get(id)!.refusals > 0
  }

  banned (): string[] {
    return [...this.#entries.keys()].filter(id => this.isBanned(id))
  }

  #entry (id: string): Entry {
    const known = this.#entries.get(id)
    if (known == null && this.#entries.size >= this.#maxEntries) {
      this.#evict()
    }
    const entry = known ??
      { bannedUntilMs: 0, pausedUntilMs: 0, failures: 0, failedAtMs: 0, refusals: 0 }
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry
  }

  /** Backoffs go before bans, or failing under many names would lift one's ban. */
  #evict (): void {
    const ids = [...this.#entries.keys()]
    const gone = ids.find(id => !this.isBanned(id)) ?? ids[0]
    if (gone != null) {
      this.#entries.delete(gone)
    }
  }
}
