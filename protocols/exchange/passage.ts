/**
 * The WANTs of one neighbour that we pass on.
 * in: WANTs with a route, CANCELs. out: verified blocks to be sent when their turn comes, MISSING,
 * BUSY; or UNREACHABLE, at once where a hop is gone, so that another way can be tried.
 *
 * Deadlines shrink by a round trip at each hop: who asks hears from us what became of it while it
 * still waits, and does not blame us for those behind us.
 */

import { checkBlock } from '../content/check.ts'
import type { PeerBusyError, PeerUnreachableError } from '../errors.ts'
import type { Obstacle, Relay, RoutedWant } from './relay.ts'
import type { Neighbour, Priority } from './types.ts'
import type { Urgency } from './want-queue.ts'

/** Who asked us, as the relay sees it. */
export interface RelayClient {
  /** Its ID. */
  readonly id: string
  readonly rttMs: number | undefined
  /** The block is here and verified; {@link Passage.done} once it is sent, or will not be. */
  answer (want: RoutedWant, block: Uint8Array): void
  missing (id: number): void
  busy (id: number, retryAfterMs: number, want: RoutedWant, providers: string[]): void
  unreachable (id: number, obstacle: Obstacle): void
}

interface Passing {
  want: RoutedWant
  next: Neighbour
  ends: AbortController
}

/** A relay that is full may have room again so soon. */
export const RELAY_RETRY_MS = 200

/** A hop takes this much of the time left at least. */
const MIN_HOP_MS = 10

const PRIORITIES: readonly Priority[] = ['urgent', 'playing', 'prefetch', 'offline']

export class Passage {
  readonly #relay: Relay
  readonly #client: RelayClient
  /** By the WANT's id, until it is answered to the last byte. */
  readonly #passing = new Map<number, Passing>()

  constructor (relay: Relay, client: RelayClient) {
    this.#relay = relay
    this.#client = client
  }

  has (id: number): boolean {
    return this.#passing.has(id)
  }

  pass (want: RoutedWant): void {
    const { id, size } = want
    const next = this.#relay.next(want, this.#client.id, this.#passing.size)
    if ('hop' in next) {
      this.#client.unreachable(id, next)
      return
    }
    const waitMs = this.#relay.waitMs(this.#client.id)
    if (this.#leftMs(want) <= waitMs) {
      this.#client.busy(id, 0, want, [])
      return
    }
    const ends = new AbortController()
    this.#relay.take(this.#client.id, size)
    this.#passing.set(id, { want, next, ends })
    void this.#obtain(want, next, waitMs, ends.signal)
  }

  /** Another priority and deadline for one that is under way. */
  raise ({ id, priority, deadlineMs }: Urgency): void {
    const passing = this.#passing.get(id)
    if (passing != null) {
      passing.want = { ...passing.want, priority, deadlineMs }
      passing.next.raise({ cid: passing.want.cid, ...this.#urgencyOf(passing.want) })
    }
  }

  /** Answered or withdrawn: nothing of it is kept any more. */
  done (id: number): void {
    const passing = this.#passing.get(id)
    if (passing != null) {
      this.#passing.delete(id)
      this.#relay.giveBack(passing.want.size)
      passing.ends.abort()
    }
  }

  close (): void {
    for (const id of [...this.#passing.keys()]) {
      this.done(id)
    }
  }

  /** Never rejects. */
  async #obtain (
    want: RoutedWant, next: Neighbour, waitMs: number, signal: AbortSignal
  ): Promise<void> {
    const { sha256, log } = this.#relay.components
    const { id, cid, size, content, route, keeper } = want
    try {
      await turn(waitMs, signal)
      const bytes = await next.want({
        cid,
        size,
        ...this.#urgencyOf(want),
        ...(content != null && { content }),
        route: route.slice(1),
        ...(keeper > 1 && { keeper: keeper - 1 })
      }, { signal })
      if (bytes != null) {
        await checkBlock(cid, bytes, sha256!)
      }
      if (!signal.aborted) {
        this.#give(want, bytes)
      }
    } catch (err) {
      if (!signal.aborted) {
        log.trace('could not relay %c by %p: %s', cid, next.peer, (err as Error).message)
        this.#refuse(want, next, err as Error)
        this.done(id)
      }
    }
  }

  #give (want: RoutedWant, bytes: Uint8Array | undefined): void {
    if (bytes == null) {
      this.#client.missing(want.id)
      this.done(want.id)
      return
    }
    const { cid, content, keeper } = want
    if (keeper === 1 && content != null) {
      this.#relay.components.keep?.({ cid, bytes, content })
    }
    this.#client.answer(this.#passing.get(want.id)?.want ?? want, bytes)
  }

  #refuse (want: RoutedWant, next: Neighbour, err: Error): void {
    const nextHop = next.peer.toString()
    const { id, route } = want
    switch (err.name) {
      case 'PeerBusyError': {
        const { retryAfterMs, providers } = err as PeerBusyError
        if (retryAfterMs > 0) this.#client.busy(id, retryAfterMs, want, providers)
        // We have as much under way to it as it takes from us.
        else this.#unreachable(id, this.#relay.components.id, RELAY_RETRY_MS)
        break
      }
      case 'PeerUnreachableError': {
        const { hop, retryAfterMs } = err as PeerUnreachableError
        this.#unreachable(id, route.includes(hop, 1) ? hop : nextHop, retryAfterMs)
        break
      }
      case 'BlockMismatchError': case 'BlockTooLargeError':
        this.#relay.components.blame(next)
        this.#unreachable(id, nextHop)
        break
      default:
        this.#unreachable(id, nextHop)
    }
  }

  #unreachable (id: number, hop: string, retryAfterMs = 0): void {
    this.#client.unreachable(id, { hop, retryAfterMs })
  }

  #urgencyOf (want: RoutedWant): { priority: Priority, deadlineMs: number } {
    const priority = PRIORITIES[Math.min(want.priority, PRIORITIES.length - 1)]!
    return { priority, deadlineMs: Math.max(0, this.#leftMs(want)) }
  }

  /** What is left of the deadline for those behind us. */
  #leftMs ({ deadlineMs }: RoutedWant): number {
    return deadlineMs - this.#relay.components.now() -
      Math.max(MIN_HOP_MS, this.#client.rttMs ?? 0)
  }
}

/** Its turn within the rate. @throws the signal's reason */
async function turn (ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
    await promise
  }
  signal.throwIfAborted()
}
