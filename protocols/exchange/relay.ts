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
import { MAX_ROUTE_HOPS } from '../limits.ts'
import { Budget } from './budget.ts'
import { RELAY_FEATURE } from './hello.ts'
import { Passage, RELAY_RETRY_MS, type RelayClient } from './passage.ts'
import type { Neighbour, PassingBlock, RelayLimits } from './types.ts'
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
  now: Clock
  log: Logger
}

/** Why a WANT is not passed on. */
export interface Obstacle {
  /** The peer that stands in the way. */
  hop: string
  retryAfterMs: number
}

/** Budgets remembered, over reconnects. */
const MAX_BUDGETS = 1024

/** A WANT past the rate waits so long for its turn; what would wait longer is refused. */
const MAX_TURN_MS = 500

export class Relay {
  readonly components: RelayComponents
  readonly #budgets = new LRUCache<string, Budget>({ max: MAX_BUDGETS })
  #usedBytes = 0

  constructor (components: RelayComponents) {
    this.components = components
  }

  /** Bytes set aside for blocks that are under way. */
  get usedBytes (): number {
    return this.#usedBytes
  }

  join (client: RelayClient): Passage {
    return new Passage(this, client)
  }

  /** The neighbour it goes to next, or what stands in its way. `underWay`: for the same peer. */
  next (want: RoutedWant, asker: string, underWay: number): Neighbour | Obstacle {
    const { id, limits, neighbour } = this.components
    const [, nextHop = ''] = want.route
    const repeated = loopIn(want.route, asker)
    if (limits?.isEnabled !== true || want.route[0] !== id) {
      return { hop: want.route[0] ?? id, retryAfterMs: 0 }
    }
    if (repeated != null) {
      return { hop: repeated, retryAfterMs: 0 }
    }
    const next = neighbour(nextHop)
    const isLast = want.route.length === 2
    if (next == null || next.isLimited ||
      !(isLast || next.hello.features.includes(RELAY_FEATURE))) {
      return { hop: nextHop, retryAfterMs: 0 }
    }
    const isFull = underWay >= limits.parallelPerPeer ||
      this.#usedBytes + want.size > limits.memoryBytes
    const waitMs = this.waitMs(asker)
    return isFull || waitMs > MAX_TURN_MS
      ? { hop: id, retryAfterMs: Math.ceil(Math.max(waitMs, RELAY_RETRY_MS)) }
      : next
  }

  /** Until the peer's rate lets another WANT of it pass. */
  waitMs (asker: string): number {
    return this.#budget(asker).waitMs(this.components.now())
  }

  /** Sets aside what a WANT may take, and counts it against the peer's rate. */
  take (asker: string, bytes: number): void {
    this.#usedBytes += bytes
    this.#budget(asker).spend(bytes)
  }

  giveBack (bytes: number): void {
    this.#usedBytes -= bytes
  }

  #budget (asker: string): Budget {
    const budget = this.#budgets.get(asker) ??
      new Budget(() => this.components.limits?.perPeerBytesPerSecond ?? 0)
    this.#budgets.set(asker, budget)
    return budget
  }
}

/** A peer that the WANT would pass twice, the one it comes from included. */
function loopIn (route: readonly string[], asker: string): string | undefined {
  const seen = new Set([asker])
  return route.slice(0, MAX_ROUTE_HOPS).find(id => seen.size === seen.add(id).size)
}
