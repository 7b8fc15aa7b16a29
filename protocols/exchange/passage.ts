/**
 * The WANTs of one neighbour that we pass on.
 * in: WANTs with a route, CANCELs. out: verified blocks to be sent when their turn comes, MISSING,
 * BUSY; or UNREACHABLE, at once where a hop is gone, so that another way can be tried.
 *
 * Deadlines shrink by a round trip at each hop: who asks hears from us what became of it while it
 * still waits, and does not blame us for those behind us.
 */

import { checkBlock } from '../content/check.ts'
import type { PeerBusyError } from '../errors.ts'
import { isWrong, type Obstacle, obstacleOf, RELAY_RETRY_MS } from './obstacle.ts'
import type { Relay, RoutedWant } from './relay.ts'
import type { Neighbour, Priority } from './types.ts'
import { type Urgency, WantQueue } from './want-queue.ts'

/** Who asked us, as the relay sees it. */
export interface RelayClient {
  /** Its ID. */
  readonly id: string
  readonly rttMs: number | undefined
  /** The block is here and verified; {@link Passage.done} once it is sent, or will not be. */
  answer (want: RoutedWant, block: Uint8Array): void
  missing (id: number): void
  busy (id: number, retryAfterMs: number, want: RoutedWant, providers: string[]): void
  /** It did not take the block in time: what is left of it is not sent. */
  drop (want: RoutedWant): void
  unreachable (id: number, obstacle: Obstacle): void
}

interface Passing {
  want: RoutedWant
  next: Neighbour
  ends: AbortController
  late: ReturnType<typeof setTimeout>
}

/** WANTs that wait for their turn; who asks for more is told to come again. */
export const MAX_WAITING_WANTS = 64

/** Who would wait longer than this for the rate set for it is told so at once. */
const MAX_TURN_MS = 500

/** Of the memory for all, one peer may have this share, or a single block. */
const MAX_SHARE = 0.25

/** A hop takes this much of the time left at least. */
const MIN_HOP_MS = 10

const PRIORITIES: readonly Priority[] = ['urgent', 'playing', 'prefetch', 'offline']

export class Passage {
  readonly #relay: Relay
  readonly #client: RelayClient
  #waiting = new WantQueue<RoutedWant>()
  /** By the WANT's id, until it is answered to the last byte. */
  readonly #passing = new Map<number, Passing>()
  /** Of those. */
  #usedBytes = 0
  #turn: ReturnType<typeof setTimeout> | undefined

  constructor (relay: Relay, client: RelayClient) {
    this.#relay = relay
    this.#client = client
  }

  has (id: number): boolean {
    return this.#passing.has(id) || this.#waiting.has(id)
  }

  pass (want: RoutedWant): void {
    const next = this.#relay.next(want, this.#client.id)
    const queueMs = this.#queueMs(want.size)
    if ('hop' in next) {
      this.#unreachable(want.id, next)
    } else if (this.#waiting.size >= MAX_WAITING_WANTS || queueMs > MAX_TURN_MS) {
      const retryAfterMs = Math.ceil(Math.max(queueMs, RELAY_RETRY_MS))
      this.#unreachable(want.id, { hop: this.#relay.components.id, retryAfterMs })
    } else {
      this.#waiting.push(want)
      this.pump()
    }
  }

  /** Another priority and deadline for one that is not answered yet. */
  raise (change: Urgency): void {
    this.#waiting.raise(change)
    const passing = this.#passing.get(change.id)
    if (passing != null) {
      passing.want = { ...passing.want, ...change }
      passing.next.raise({ cid: passing.want.cid, ...this.#urgencyOf(passing.want) })
    }
  }

  /** Answered or withdrawn: nothing of it is kept any more. */
  done (id: number): void {
    this.#waiting.remove(id)
    const passing = this.#passing.get(id)
    if (passing != null) {
      this.#passing.delete(id)
      clearTimeout(passing.late)
      passing.ends.abort()
      this.#usedBytes -= passing.want.size
      this.#relay.giveBack(passing.want.size)
      this.pump()
    }
  }

  close (): void {
    clearTimeout(this.#turn)
    this.#waiting = new WantQueue()
    for (const id of [...this.#passing.keys()]) this.done(id)
    this.#relay.leave(this)
  }

  /** Passes on what there is room for. */
  pump (): void {
    for (let want = this.#waiting.peek(); want != null; want = this.#waiting.peek()) {
      const waitMs = this.#relay.waitMs(this.#client.id)
      if (waitMs > 0) {
        clearTimeout(this.#turn)
        this.#turn = setTimeout(() => { this.pump() }, waitMs)
        return
      }
      if (this.#isFull(want.size) || !this.#relay.take(this, this.#client.id, want.size)) {
        return
      }
      this.#waiting.shift()
      this.#start(want)
    }
  }

  #isFull (bytes: number): boolean {
    const { parallelPerPeer, memoryBytes } = this.#relay.limits
    return this.#passing.size >= parallelPerPeer ||
      (this.#usedBytes > 0 && this.#usedBytes + bytes > memoryBytes * MAX_SHARE)
  }

  /** What it needs is set aside already. */
  #start (want: RoutedWant): void {
    const next = this.#relay.next(want, this.#client.id)
    if ('hop' in next || this.#leftMs(want) <= 0) {
      this.#relay.giveBack(want.size)
      if ('hop' in next) this.#unreachable(want.id, next)
      else this.#client.busy(want.id, 0, want, [])
      return
    }
    const ends = new AbortController()
    const late = setTimeout(() => { this.#client.drop(want) }, this.#relay.components.maxHeldMs)
    this.#passing.set(want.id, { want, next, ends, late })
    this.#usedBytes += want.size
    void this.#obtain(want, next, ends.signal)
  }

  /** Never rejects. */
  async #obtain (want: RoutedWant, next: Neighbour, signal: AbortSignal): Promise<void> {
    const { sha256, log } = this.#relay.components
    const { id, cid, size, content, route, keeper } = want
    try {
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
    const { counts } = this.#relay
    counts.blocks++
    counts.bytes += bytes.byteLength
    if (keeper === 1 && content != null) {
      this.#relay.components.keep?.({ cid, bytes, content })
    }
    this.#client.answer(this.#passing.get(want.id)?.want ?? want, bytes)
  }

  #refuse (want: RoutedWant, next: Neighbour, err: Error): void {
    const { id, route } = want
    const { retryAfterMs = 0, providers = [] } = err as Partial<PeerBusyError>
    if (err.name === 'PeerBusyError' && retryAfterMs > 0) {
      this.#client.busy(id, retryAfterMs, want, providers)
      return
    }
    if (isWrong(err)) this.#relay.components.blame(next)
    this.#unreachable(id, obstacleOf(err, route))
  }

  #unreachable (id: number, obstacle: Obstacle): void {
    this.#relay.counts.refused++
    this.#client.unreachable(id, obstacle)
  }

  /** How long the rate keeps another WANT waiting, behind those that wait already. */
  #queueMs (bytes: number): number {
    const rate = this.#relay.limits.perPeerBytesPerSecond
    const queued = rate === 0 ? 0 : this.#waiting.size * bytes / rate * 1000
    return this.#relay.waitMs(this.#client.id) + queued
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
