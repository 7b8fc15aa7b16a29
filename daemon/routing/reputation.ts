/**
 * Who spoils the gossip: what a peer passes on that no honest one would, and what it says of itself
 * that we know better.
 * in: offences. out: whom not to listen to. Forgotten with time; bounded.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../protocols/clock.ts'
import { upTo } from '../../protocols/lru-bound.ts'

/** What each takes from the 100 a peer begins with. */
const COSTS = {
  /** No record, not of this network, or not signed by who it says. */
  forged: 25,
  oversized: 25,
  /** Told where it does not belong: of another region or cell, or by a peer on the backbone. */
  misplaced: 25,
  /** From the future, or old: its maker's clock may be wrong, or ours. */
  clock: 1,
  /** Not newer than what we have: a replay, or it went a long way. */
  stale: 1,
  /** More records than anybody has to pass on. */
  spam: 1,
  /** More bytes. */
  flood: 60,
  /** An RTT to us that is far from what we measure. */
  lie: 20
}

export type Offence = keyof typeof COSTS

export interface ReputationInit {
  /** Peers remembered, {@link MAX_PEERS}. */
  maxPeers?: number
}

const WHOLE = 100
/** With less than this a peer is not listened to. */
const LEAST = 50
/** From nothing to a whole reputation. Higher: spoilers stay away; lower: mistakes are forgiven. */
const RECOVERY_MS = 60 * 60_000
const MAX_PEERS = 1024

export class Reputation {
  readonly #clock: Clock
  readonly #peers: LRUCache<string, { left: number, atMs: number }>

  constructor ({ clock }: { clock: Clock }, { maxPeers = MAX_PEERS }: ReputationInit = {}) {
    this.#clock = clock
    this.#peers = new LRUCache(upTo(maxPeers))
  }

  blame (peer: string, offence: Offence): void {
    const left = Math.max(0, this.of(peer) - COSTS[offence])
    this.#peers.set(peer, { left, atMs: this.#clock() })
  }

  /** 0 … 100, which is that of a peer nothing is known of. */
  of (peer: string): number {
    const known = this.#peers.get(peer)
    if (known == null) return WHOLE
    const recovered = Math.max(0, this.#clock() - known.atMs) / RECOVERY_MS * WHOLE
    return Math.min(WHOLE, known.left + recovered)
  }

  isShunned (peer: string): boolean {
    return this.of(peer) < LEAST
  }

  /** Peers not listened to now. */
  get shunned (): number {
    return [...this.#peers.keys()].filter(peer => this.isShunned(peer)).length
  }
}
