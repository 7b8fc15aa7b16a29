/**
 * Holders of a title that we cannot dial: behind NAT, or silent. Others may pass our WANTs on.
 * in: providers, as dialling them fails or takes long. out: those of lately, and what may be hoped
 * of each. What they hold they cannot tell us: it is guessed from what they answered.
 */

import type { PeerId } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../protocols/clock.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import type { Provider } from '../discovery/index.ts'
import type { BlockSource } from './types.ts'

/** Longer than from one look for providers to the next. */
export const UNREACHED_MS = 90_000
export const MAX_UNREACHED = 64

/** One of them. */
export class FarHolder {
  readonly peer: PeerId
  readonly kind: BlockSource['kind']
  #hits: number
  #misses = 0

  constructor ({ peer, role, isInterested }: Dialled) {
    this.peer = peer
    this.kind = role === 'edge' || role === 'origin' ? role : 'peer'
    // Who wants the title itself may hold little of it.
    this.#hits = isInterested === true ? 0 : 1
  }

  /** Its peer ID. */
  get id (): string {
    return this.peer.toString()
  }

  /** 'have' while it has what it is asked for more often than not; a server can get the rest. */
  get holds (): BlockSource['holds'] {
    return this.kind !== 'peer' || this.#hits > this.#misses ? 'have' : 'unknown'
  }

  answered (hasIt: boolean): void {
    if (hasIt) this.#hits++
    else this.#misses++
  }
}

export type Dialled = Pick<Provider, 'peer' | 'role' | 'isInterested'>

export class Unreached {
  readonly #holders: LRUCache<string, FarHolder>
  readonly #onNews: () => void

  /** `onNews` is called when there is one more. */
  constructor ({ clock }: { clock: Clock }, onNews: () => void = () => {}) {
    this.#onNews = onNews
    this.#holders = new LRUCache({
      ...upTo(MAX_UNREACHED), ttl: UNREACHED_MS, ttlResolution: 0, perf: { now: clock }
    })
  }

  add (provider: Dialled): void {
    const id = provider.peer.toString()
    const known = this.#holders.get(id)
    this.#holders.set(id, known ?? new FarHolder(provider))
    if (known == null) this.#onNews()
  }

  /** It is reached now. */
  delete (id: string): void {
    this.#holders.delete(id)
  }

  /** The latest first. */
  * list (): Generator<FarHolder> {
    for (const holder of this.#holders.values()) {
      if (holder != null) yield holder
    }
  }
}
