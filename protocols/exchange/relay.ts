/**
 * Passing WANTs on to other neighbours, for all who ask us to.
 * in: a WANT with a route. out: the block, verified whole; or which hop of the route stands in the
 * way. Nothing is kept but what we are asked to keep.
 *
 * What is under way is bounded: for each who asks by a rate and a number, for all by their bytes.
 */

import type { Logger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import type { Sha256 } from '../cid.ts'
import type { Clock } from '../clock.ts'
import { upTo } from '../lru-bound.ts'
import { Budget } from './budget.ts'
import { RELAY_FEATURE } from './hello.ts'
import { type Obstacle, repeatedIn } from './obstacle.ts'
import { Passage, type RelayClient } from './passage.ts'
import type { Neighbour, PassingBlock, Relayed, RelayLimits } from './types.ts'
import type { QueuedWant } from './want-queue.ts'

/** A WANT to be passed on. */
export interface RoutedWant extends QueuedWant {
  /** As in WANT: ourselves first. */
  readonly route: readonly string[]
  /** As in WANT, 0 for nobody. */
  readonly keeper: number
}

/** What makes a node a relay. */
export interface RelayParts {
  limits: RelayLimits
  sha256: Sha256
  /** Offered each verified block that we are asked to keep; may decline, must not throw. */
  keep?: (block: PassingBlock) => void
}

export interface RelayComponents extends Partial<RelayParts> {
  /** Our own ID. */
  id: string
  neighbour: (id: string) => Neighbour | undefined
  /** Told of one who sent us wrong bytes. */
  blame: (neighbour: Neighbour) => void
  /** No block waits longer for one who does not take it. */
  maxHeldMs: number
  now: Clock
  log: Logger
}

/** Budgets remembered, over reconnects. */
const MAX_BUDGETS = 1024

const CLOSED: RelayLimits =
  { isEnabled: false, perPeerBytesPerSecond: 0, parallelPerPeer: 0, memoryBytes: 0 }

export class Relay {
  readonly components: RelayComponents
  readonly counts: Relayed = { blocks: 0, bytes: 0, refused: 0 }
  readonly #budgets = new LRUCache<string, Budget>(upTo(MAX_BUDGETS))
  /** Those who wait for bytes that others have set aside, the longest first. */
  readonly #waiting = new Set<Passage>()
  #usedBytes = 0

  constructor (components: RelayComponents) {
    this.components = components
  }

  get limits (): RelayLimits {
    return this.components.limits ?? CLOSED
  }

  join (client: RelayClient): Passage {
    return new Passage(this, client)
  }

  leave (passage: Passage): void {
    this.#waiting.delete(passage)
  }

  /** The neighbour it goes to next, or what stands in its way. */
  next ({ route }: RoutedWant, asker: string): Neighbour | Obstacle {
    const { id, neighbour } = this.components
    const [first = id, nextHop = ''] = route
    const repeated = repeatedIn(route, asker)
    if (!this.limits.isEnabled || first !== id || repeated != null) {
      return { hop: this.limits.isEnabled ? repeated ?? first : id, retryAfterMs: 0 }
    }
    const next = neighbour(nextHop)
    const isLast = route.length === 2
    const leadsOn = next != null && !next.isLimited &&
      (isLast || next.hello.features.includes(RELAY_FEATURE))
    return leadsOn ? next : { hop: nextHop, retryAfterMs: 0 }
  }

  /** Until the peer's rate lets another WANT of it pass. */
  waitMs (asker: string): number {
    return this.#budget(asker).waitMs(this.components.now())
  }

  /**
   * Sets aside what a WANT may take, and counts it against the peer's rate. False where there is no
   * room: the passage is pumped when there is.
   */
  take (passage: Passage, asker: string, bytes: number): boolean {
    if (this.#usedBytes + bytes > this.limits.memoryBytes) {
      this.#waiting.add(passage)
      return false
    }
    this.#usedBytes += bytes
    this.#budget(asker).spend(bytes)
    return true
  }

  giveBack (bytes: number): void {
    this.#usedBytes -= bytes
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    waiting.forEach(passage => { passage.pump() })
  }

  #budget (asker: string): Budget {
    const budget = this.#budgets.get(asker) ??
      new Budget(() => this.limits.perPeerBytesPerSecond)
    this.#budgets.set(asker, budget)
    return budget
  }
}
