/**
 * When a page meets others.
 * in: segments as they are given, the visitor's consent, what the site switches. out: the node in
 * the swarm or out of it.
 *
 * Nothing of it is begun before the first segment is there, nor does playback wait for any of it;
 * unless no server has what is to be played.
 */

import type { Clock } from '../../protocols/clock.ts'

export type P2pState =
  | 'unavailable' | 'waiting' | 'asking' | 'refused' | 'joining' | 'joined' | 'failed' | 'stopped'

/** What is joined and left; see PageNode. */
export interface Swarm {
  joinSwarm (): Promise<void>
  leaveSwarm (): Promise<void>
}

export interface JoiningComponents {
  swarm: () => Promise<Swarm>
  consent: () => boolean | Promise<boolean>
  clock: Clock
  /** What is loaded for it must not delay what was just given. */
  whenIdle: () => Promise<void>
  /** Told of each change. */
  onState: (state: P2pState) => void
}

export interface JoiningInit {
  /** Segments given before. */
  afterSegments: number
  /** False: the browser or the site has no swarm to join. */
  isAvailable: boolean
}

/** After a failure it is tried again with a segment after so long; then after twice as long. */
export const RETRY_MS = { first: 5_000, most: 120_000 }

export class Joining {
  readonly #components: JoiningComponents
  readonly #init: JoiningInit
  #state: P2pState
  #segments = 0
  #consent: Promise<boolean> | undefined
  #failures = 0
  #retryAtMs = 0
  /** What was begun last: joining and leaving never overlap. */
  #last = Promise.resolve()

  constructor (components: JoiningComponents, init: JoiningInit) {
    this.#components = components
    this.#init = init
    this.#state = init.isAvailable ? 'waiting' : 'unavailable'
  }

  get state (): P2pState {
    return this.#state
  }

  /** True while joining is still to come, or under way: others may have what servers have not. */
  get mayHelp (): boolean {
    return this.#isDue() || this.#state === 'asking' || this.#state === 'joining'
  }

  /** A segment that may be shared was given to the player. */
  segmentGiven (): void {
    this.#segments++
    if (this.#isDue() && this.#segments >= this.#init.afterSegments) void this.#join(true)
  }

  /** No server has what is to be played: others are met now, whatever was played before. */
  needed (): void {
    if (this.#isDue()) void this.#join(false)
  }

  /** After {@link stop}: as at first. Who refused is asked again. */
  async start (): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'refused') return
    if (this.#state === 'refused') this.#consent = undefined
    this.#enter('waiting')
    if (this.#segments >= this.#init.afterSegments) await this.#join(false)
  }

  /** Others are left, and not met again before {@link start}. Playback goes on from servers. */
  async stop (): Promise<void> {
    if (this.#state === 'unavailable' || this.#state === 'stopped') return
    this.#enter('stopped')
    await this.#then(async () => { await (await this.#components.swarm()).leaveSwarm() })
  }

  #isDue (): boolean {
    return this.#state === 'waiting' ||
      (this.#state === 'failed' && this.#components.clock() >= this.#retryAtMs)
  }

  async #join (mayWait: boolean): Promise<void> {
    this.#enter('asking')
    if (!await this.#agreed()) {
      if (this.#state !== 'asking') return
      this.#enter('refused')
      // Nobody is waited for any more.
      await this.#then(async () => { await (await this.#components.swarm()).leaveSwarm() })
      return
    }
    if (mayWait) await this.#components.whenIdle()
    await this.#then(async () => {
      // It may have been stopped meanwhile.
      if (this.#state !== 'asking') return
      this.#enter('joining')
      await (await this.#components.swarm()).joinSwarm()
      this.#failures = 0
      if (this.#is('joining')) this.#enter('joined')
    })
  }

  async #agreed (): Promise<boolean> {
    this.#consent ??= (async () => await this.#components.consent() === true)().catch(() => false)
    return await this.#consent
  }

  /** Never rejects: who plays must not notice. */
  async #then (next: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(next).catch(() => { this.#fail() })
    await this.#last
  }

  #fail (): void {
    if (!this.#is('joining')) return
    const ms = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#failures++)
    this.#retryAtMs = this.#components.clock() + ms
    this.#enter('failed')
  }

  #is (state: P2pState): boolean {
    return this.#state === state
  }

  #enter (state: P2pState): void {
    this.#state = state
    this.#components.onState(state)
  }
}
