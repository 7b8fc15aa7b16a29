/**
 * What each peer gave us and took from us lately, and how often it is there.
 * in: block bytes as they go either way. out: sums that fade. Kept over reconnects, bounded.
 */

import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../clock.ts'

/**
 * After this long 37 % of a sum is left. Higher: old merits count longer; lower: a peer that turns
 * is noticed sooner.
 */
export const LEDGER_MEMORY_MS = 10 * 60_000

/** Peers remembered; who has been gone the longest makes room. */
export const MAX_ACCOUNTS = 4096

/** A sum of which each part fades with its age. */
class FadingSum {
  #sum = 0
  #atMs = 0

  add (amount: number, nowMs: number): void {
    this.#sum = this.at(nowMs) + amount
    this.#atMs = nowMs
  }

  at (nowMs: number): number {
    return this.#sum * Math.exp(Math.min(0, this.#atMs - nowMs) / LEDGER_MEMORY_MS)
  }
}

/** The same sum, or a first one. */
function more (sum: FadingSum | undefined, amount: number, nowMs: number): FadingSum {
  const grown = sum ?? new FadingSum()
  grown.add(amount, nowMs)
  return grown
}

/** One peer's. Bytes are those of blocks, not of frames. */
export class Account {
  readonly #now: Clock
  // Most peers that are looked up have given, taken and denied nothing.
  #gave: FadingSum | undefined
  #took: FadingSum | undefined
  #denied: FadingSum | undefined
  readonly #firstMs: number
  #openSinceMs: number | undefined
  #openMs = 0

  constructor (now: Clock) {
    this.#now = now
    this.#firstMs = now()
  }

  gave (bytes: number): void { this.#gave = more(this.#gave, bytes, this.#now()) }
  took (bytes: number): void { this.#took = more(this.#took, bytes, this.#now()) }
  /** We asked for so much, and it was busy or silent. */
  denied (bytes: number): void { this.#denied = more(this.#denied, bytes, this.#now()) }

  get gaveBytes (): number { return this.#gave?.at(this.#now()) ?? 0 }
  get tookBytes (): number { return this.#took?.at(this.#now()) ?? 0 }
  get deniedBytes (): number { return this.#denied?.at(this.#now()) ?? 0 }

  /** Share of the time since we met it that it was a neighbour, 0 … 1. */
  get uptime (): number {
    const nowMs = this.#now()
    const openMs = this.#openMs + (this.isOpen ? nowMs - this.#openSinceMs! : 0)
    return nowMs <= this.#firstMs ? 1 : Math.min(1, openMs / (nowMs - this.#firstMs))
  }

  get isOpen (): boolean { return this.#openSinceMs != null }

  opened (): void { this.#openSinceMs ??= this.#now() }

  closed (): void {
    if (this.#openSinceMs != null) {
      this.#openMs += this.#now() - this.#openSinceMs
      this.#openSinceMs = undefined
    }
  }
}

export class Ledger {
  readonly #now: Clock
  readonly #maxAccounts: number
  /** Least recently asked for first. */
  readonly #accounts = new Map<string, Account>()

  constructor (components: { clock: Clock }, init: { maxAccounts?: number } = {}) {
    this.#now = components.clock
    this.#maxAccounts = init.maxAccounts ?? MAX_ACCOUNTS
  }

  /** The peer's account, an empty one when we never met. */
  of (peer: PeerId): Account {
    const key = peer.toString()
    const account = this.#accounts.get(key) ?? new Account(this.#now)
    this.#accounts.delete(key)
    this.#accounts.set(key, account)
    if (this.#accounts.size > this.#maxAccounts) {
      this.#evict(key)
    }
    return account
  }

  /** Neighbours keep theirs. */
  #evict (kept: string): void {
    for (const [key, account] of this.#accounts) {
      if (key !== kept && !account.isOpen) {
        this.#accounts.delete(key)
        return
      }
    }
  }
}
