/**
 * Peers we refuse, each until a time.
 */

import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../clock.ts'
import { MAX_BANS } from '../limits.ts'

export class BanList {
  readonly #now: Clock
  /** Peer → epoch milliseconds. */
  readonly #until = new Map<string, number>()

  constructor (now: Clock) {
    this.#now = now
  }

  add (peer: PeerId, untilMs: number): void {
    this.#until.set(peer.toString(), untilMs)
    if (this.#until.size > MAX_BANS) {
      const [first] = [...this.#until].sort(([, a], [, b]) => a - b)
      this.#until.delete(first![0])
    }
  }

  has (peer: PeerId): boolean {
    const untilMs = this.#until.get(peer.toString())
    if (untilMs != null && untilMs <= this.#now()) {
      this.#until.delete(peer.toString())
    }
    return untilMs != null && untilMs > this.#now()
  }
}
