/**
 * The neighbours who play one title with us.
 * in: a content ID and where to look for providers. out: open INTEREST channels with some who hold
 * it, looked for again while the title is in use.
 */

import type { CID } from 'multiformats/cid'
import { DeadlineError } from '../../protocols/errors.ts'
import type { Neighbour } from '../../protocols/exchange/index.ts'
import type { Provider } from '../discovery/index.ts'
import { untilDeadline } from './abort.ts'
import { Alarm } from './alarm.ts'
import { Members } from './members.ts'
import { Recruiter, type RecruiterComponents, type RecruiterInit } from './recruiter.ts'
import { Unreached } from './unreached.ts'

export type SwarmComponents = Omit<RecruiterComponents, 'members' | 'unreached'>

export interface SwarmInit extends RecruiterInit {
  /** Without a fetch for so long, the search ends; {@link DEFAULT_IDLE_MS}. */
  idleMs?: number
  /**
   * A search that has brought nothing for so long no longer keeps anyone from saying "not found",
   * {@link DEFAULT_SETTLE_MS}. Higher: for those who are met slowly, as over WebRTC; lower: players
   * hear sooner.
   */
  settleMs?: number
}

/** Higher: less greeting for who pauses; lower: others wait less for one who is gone. */
export const DEFAULT_IDLE_MS = 60_000

/**
 * Of a crowd that comes together the first know nobody yet: all look a second time. Higher: fewer
 * lookups; lower: a crowd shares sooner.
 */
const SECOND_LOOK_MS = 1_000
const REFRESH_MS = 30_000
const ROUND_MS = 8_000
const TELL_MS = 3_000
export const DEFAULT_SETTLE_MS = 2_000
/** Who asks again after "not found" has it looked for again, but no more often than this. */
const RENEW_MS = 500
/** Neighbours that do not tell what they hold for so long are not waited for. */
const GATHER_MS = 500

export class Swarm {
  readonly content: CID
  /** Who wants it as well, as trackers tell. */
  readonly members: Members
  /** Who may have it, and cannot be dialled. */
  readonly unreached: Unreached
  readonly #components: SwarmComponents
  readonly #idleMs: number
  readonly #settleMs: number
  readonly #lifetime = new AbortController()
  readonly #recruiter: Recruiter
  /** Resolves when it has told what it holds. */
  readonly #asked = new WeakMap<Neighbour, Promise<void>>()
  readonly #alarm: Alarm
  readonly #gathered = Promise.withResolvers<void>()
  readonly #done: Promise<void>
  #usedMs: number
  /** When the last look began, and when it ended. */
  #lookedMs: number
  #endedMs = -Infinity
  #isLooking = true

  constructor (
    components: SwarmComponents, content: CID, onNews: () => void, init: SwarmInit = {}
  ) {
    this.content = content
    this.#components = components
    this.#idleMs = init.idleMs ?? DEFAULT_IDLE_MS
    this.#settleMs = init.settleMs ?? DEFAULT_SETTLE_MS
    this.#lookedMs = this.#usedMs = components.clock()
    this.#alarm = new Alarm(components.timer)
    this.members = new Members(components)
    this.unreached = new Unreached(components, onNews)
    const { members, unreached } = this
    this.#recruiter = new Recruiter({ ...components, members, unreached }, content, {
      join: neighbour => this.join(neighbour), lifetime: this.#lifetime.signal
    }, init)
    this.#done = this.#run(onNews)
  }

  /** True while a round of the search is under way and has had less than its time. */
  get isSeeking (): boolean {
    return this.#isLooking && this.#components.clock() - this.#lookedMs < this.#settleMs
  }

  /** Resolves when the neighbours we had have told what they hold, soon in any case. */
  get gathered (): Promise<void> {
    return this.#gathered.promise
  }

  get usedMs (): number {
    return this.#usedMs
  }

  /** Resolves when it is over and at rest. */
  get ended (): Promise<void> {
    return this.#done
  }

  get isOver (): boolean {
    return this.#lifetime.signal.aborted
  }

  /** The title is still in use. */
  touch (): void {
    this.#usedMs = this.#components.clock()
  }

  /** Looks again now, unless it just did. */
  renew (): void {
    if (!this.#isLooking && this.#components.clock() - this.#endedMs >= RENEW_MS) {
      this.#isLooking = true
      this.#lookedMs = this.#components.clock()
      this.#alarm.ring()
    }
  }

  /** Connects to those somebody named, while there is room. Never rejects. */
  async meet (named: ReadonlyArray<Pick<Provider, 'peer' | 'addresses'>>): Promise<void> {
    await this.#recruiter.meet(named, this.#lifetime.signal)
  }

  /** Resolves when a neighbour has told what it holds; it is asked once. Never rejects. */
  async join (neighbour: Neighbour): Promise<void> {
    if (this.isOver || neighbour.hello.role === 'bootstrap') return
    const told = this.#asked.get(neighbour) ?? this.#ask(neighbour)
    this.#asked.set(neighbour, told)
    await told
  }

  async stop (): Promise<void> {
    this.#end()
    await this.#done
  }

  async #ask (neighbour: Neighbour): Promise<void> {
    try {
      await this.#within(TELL_MS, signal => neighbour.interest(this.content, { signal }))
    } catch (err) {
      this.#asked.delete(neighbour)
      if (!this.isOver) {
        const { message } = err as Error
        this.#components.log('%p does not say what it holds of %c: %s',
          neighbour.peer, this.content, message)
      }
    }
  }

  async #run (onNews: () => void): Promise<void> {
    const { clock, random } = this.#components
    let refreshMs = SECOND_LOOK_MS
    while (!this.isOver) {
      this.#isLooking = true
      this.#lookedMs = clock()
      await this.#round()
      this.#isLooking = false
      this.#endedMs = clock()
      onNews()
      await this.#alarm.wait(refreshMs * (0.75 + random() / 2), this.#lifetime.signal)
      refreshMs = this.#recruiter.hasFew ? Math.min(refreshMs * 2, REFRESH_MS) : REFRESH_MS
      if (clock() - this.#usedMs > this.#idleMs) {
        this.#end()
      }
    }
  }

  /** Neighbours need not tell us more, nor count on us. */
  #end (): void {
    this.#lifetime.abort()
    this.#gathered.resolve()
    for (const neighbour of this.#components.exchange.neighbours()) {
      if (this.#asked.delete(neighbour)) {
        neighbour.leave(this.content)
      }
    }
  }

  /** Asks the neighbours we have, and looks for more where that is too few. Never rejects. */
  async #round (): Promise<void> {
    try {
      await Promise.all([
        this.#gather(),
        this.#within(ROUND_MS, signal => this.#recruiter.look(signal))
      ])
    } catch (err) {
      if (!this.isOver) {
        this.#components.log('could not look for providers of %c: %s',
          this.content, (err as Error).message)
      }
    }
  }

  async #gather (): Promise<void> {
    const neighbours = [...this.#components.exchange.neighbours()]
    const stopTimer = this.#components.timer(GATHER_MS, () => { this.#gathered.resolve() })
    await Promise.all(neighbours.map(neighbour => this.join(neighbour)))
    stopTimer()
    this.#gathered.resolve()
  }

  #within<T> (ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#components
    const expired = () => new DeadlineError(`not done in ${ms} ms`)
    const { signal } = this.#lifetime
    return untilDeadline(this.#components, clock() + ms, expired, run, { signal })
  }
}
