/**
 * Says what we hold, everywhere that wants to know, and takes it back when it is gone.
 * in: what we hold and when that changes.
 * out: announces, heartbeats, withdrawals, and a farewell at the end.
 *
 * Each registry has a pace of its own: a dead tracker delays neither the other nor the DHT.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { type Clock, type Random, systemTimer, type Timer } from '../protocols/clock.ts'
import { ContentNotFoundError } from '../protocols/errors.ts'
import type { InventoryChange } from '../protocols/exchange/index.ts'
import type { HeldTitle, ProviderRegistry } from './discovery/index.ts'
import { Ledger } from './discovery/ledger.ts'
import { pause } from './discovery/pause.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'

/**
 * What we hold, as retrieval keeps account of it. Dispatches `change`
 * (CustomEvent<InventoryChange>) when blocks come or go, and `gone` (CustomEvent<CID>) when nothing
 * of a title is left to tell of.
 */
export interface HeldTitles {
  held (): Iterable<HeldTitle>
  readonly events: EventTarget
}

export interface AnnouncerComponents {
  holdings: HeldTitles
  registries: ProviderRegistry[]
  /** Segment and block CIDs that lead to a title; an origin's to tell. */
  segmentsOf?: (content: CID) => Promise<CID[]>
  log: Logger
  clock?: Clock
  timer?: Timer
  random?: Random
}

export interface AnnouncerInit {
  /** {@link DEFAULT_HEARTBEAT_MS} */
  heartbeatMs?: number
  /** {@link DEFAULT_MIN_INTERVAL_MS} */
  minIntervalMs?: number
  /** {@link DEFAULT_LEAVE_TIMEOUT_MS} */
  leaveTimeoutMs?: number
  /** The node's key was made just now: there is nothing of a former life to take back. */
  isNewborn?: boolean
}

/** A quarter of the tracker's TTL: three may be lost. */
export const DEFAULT_HEARTBEAT_MS = 30_000
/** Higher: fewer announces while a title fills up; lower: others learn sooner what we have. */
export const DEFAULT_MIN_INTERVAL_MS = 3_000
/** Higher: a slow tracker still hears that we go; lower: stopping is quick. */
export const DEFAULT_LEAVE_TIMEOUT_MS = 1_000

export class Announcer {
  readonly #components: AnnouncerComponents
  readonly #init: AnnouncerInit
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #wakers = new Set<() => void>()
  /** Counts changes of what we hold. */
  #version = 0
  #lifetime: AbortController | undefined
  readonly #ledgers: Array<{ name: ProviderRegistry['name'], ledger: Ledger }>
  #following: Array<Promise<void>> = []

  constructor (components: AnnouncerComponents, init: AnnouncerInit = {}) {
    this.#components = components
    this.#init = init
    this.#clock = components.clock ?? Date.now
    this.#timer = components.timer ?? systemTimer
    this.#ledgers = components.registries.map(registry => ({
      name: registry.name, ledger: this.#ledgerOf(registry)
    }))
  }

  async start (): Promise<void> {
    if (this.#lifetime != null) {
      return
    }
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    this.#components.holdings.events.addEventListener('change', this.#onChange, { signal })
    this.#components.holdings.events.addEventListener('gone', this.#onChange, { signal })
    this.#following = this.#ledgers.map(({ ledger, name }) => this.#follow(ledger, name, signal))
  }

  /** Says farewell, within the time it has for that. */
  async stop (): Promise<void> {
    if (this.#lifetime == null) {
      return
    }
    this.#lifetime.abort()
    this.#lifetime = undefined
    const timeoutMs = this.#init.leaveTimeoutMs ?? DEFAULT_LEAVE_TIMEOUT_MS
    const over = new AbortController()
    void Promise.allSettled(this.#ledgers.map(async ({ ledger }, index) => {
      await this.#following[index]
      await ledger.leave({ signal: over.signal })
    })).then(() => { over.abort() })
    // What hangs in a registry that heeds no signal is left behind.
    await pause(this.#timer, timeoutMs, over.signal)
    over.abort()
  }

  /**
   * Announces one title everywhere now, told before or not; which kinds of registry took it.
   *
   * @throws ContentNotFoundError when we hold nothing of it
   */
  async announce (
    content: CID, options: { signal: AbortSignal }
  ): Promise<Array<ProviderRegistry['name']>> {
    const title = [...this.#components.holdings.held()].find(held => held.content.equals(content))
    if (title == null) {
      throw new ContentNotFoundError(`we hold nothing of ${content}: fetch or publish it first`)
    }
    const told = await Promise.all(this.#ledgers.map(async ({ ledger, name }) => {
      try {
        await ledger.provide([title], options)
        return [name]
      } catch (err) {
        const { message } = err as Error
        this.#components.log('could not announce %c to the %s: %s', content, name, message)
        return []
      }
    }))
    return [...new Set(told.flat())]
  }

  /** What we say of ourselves has changed: those with a heartbeat hear it now. */
  renew (): void {
    this.#ledgers.forEach(({ ledger }) => { ledger.renew() })
    this.#wakers.forEach(wake => { wake() })
  }

  readonly #onChange = (event: Event): void => {
    if ((event as CustomEvent<Partial<InventoryChange>>).detail.state !== 'loading') {
      this.#version++
      for (const wake of this.#wakers) {
        wake()
      }
    }
  }

  #ledgerOf (registry: ProviderRegistry): Ledger {
    const { segmentsOf, random = Math.random } = this.#components
    return new Ledger({ registry, segmentsOf, random }, {
      heartbeatMs: this.#init.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
      minIntervalMs: this.#init.minIntervalMs ?? DEFAULT_MIN_INTERVAL_MS,
      ...(this.#init.isNewborn === true && { isNewborn: true })
    })
  }

  /** Does what is due, when it is due. Never rejects. */
  async #follow (ledger: Ledger, name: string, signal: AbortSignal): Promise<void> {
    const { log } = this.#components
    const failure = new RepeatedFailure()
    let told = -1
    while (!signal.aborted) {
      const nowMs = this.#clock()
      const waitMs = ledger.dueMs(told !== this.#version, nowMs) - nowMs
      if (waitMs > 0) {
        await this.#wait(waitMs, told === this.#version, signal)
        continue
      }
      const version = this.#version
      try {
        await ledger.step([...this.#components.holdings.held()], this.#clock(), { signal })
        told = version
        if (failure.isOver()) {
          log('the %s takes what we hold again', name)
        }
      } catch (err) {
        told = -1
        if (!signal.aborted && failure.isNews(err)) {
          log('cannot tell the %s what we hold, trying on: %s', name, (err as Error).message)
        }
      }
    }
  }

  /** Until then, or until something changes where `isIdle`. */
  async #wait (ms: number, isIdle: boolean, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    const wake = () => { woken.abort() }
    if (isIdle) {
      this.#wakers.add(wake)
    }
    await pause(this.#timer, ms, AbortSignal.any([signal, woken.signal]))
    this.#wakers.delete(wake)
  }
}
