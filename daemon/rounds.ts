/**
 * Work that is done again and again while a node runs.
 * in: one round of it. out: rounds, with pauses, from start to stop; one that fails does not keep
 * the next from being tried, and is told of once.
 */

import type { Logger } from '@libp2p/interface'
import type { Timer } from '../protocols/clock.ts'
import { pause } from './discovery/pause.ts'
import { RepeatedFailure } from './discovery/repeated-failure.ts'

export interface RoundsComponents {
  timer: Timer
  log: Logger
}

export interface RoundsInit {
  /** Until the next round; asked after each. */
  pauseMs: () => number
  /** What the log says of a round that throws: `cannot … yet`. */
  failure: string
}

export class Rounds {
  readonly #components: RoundsComponents
  readonly #init: RoundsInit
  readonly #round: (signal: AbortSignal) => Promise<void>
  #lifetime: AbortController | undefined
  #woken = new AbortController()
  #working: Promise<void> = Promise.resolve()

  constructor (
    components: RoundsComponents, init: RoundsInit, round: (signal: AbortSignal) => Promise<void>
  ) {
    this.#components = components
    this.#init = init
    this.#round = round
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    this.#working = this.#run(this.#lifetime.signal)
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort(new DOMException('the node is stopping', 'AbortError'))
    this.#lifetime = undefined
    await this.#working
  }

  /** Has the next round begin at once. */
  wake (): void {
    this.#woken.abort()
  }

  /** Until the signal aborts. Never rejects. */
  async #run (signal: AbortSignal): Promise<void> {
    const { timer, log } = this.#components
    const failure = new RepeatedFailure()
    while (!signal.aborted) {
      this.#woken = new AbortController()
      try {
        await this.#round(signal)
        failure.isOver()
      } catch (err) {
        if (!signal.aborted && failure.isNews(err)) {
          log('%s: %s', this.#init.failure, (err as Error).message)
        }
      }
      await pause(timer, this.#init.pauseMs(), AbortSignal.any([signal, this.#woken.signal]))
    }
  }
}
