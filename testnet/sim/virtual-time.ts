/**
 * A clock that goes on as soon as everything that could happen has happened.
 * in: timers. out: each at its time, one after the other; between two of them every promise that
 * waits for no timer has settled.
 */

import type { Clock, Timer } from '../../protocols/clock.ts'
import { EventQueue } from './event-queue.ts'

/** Epoch milliseconds at the beginning, the same in each run. */
const BEGIN_MS = Date.UTC(2026, 0, 1)

/** Events until the machine's own queues have their turn, such as the collector's finalizers. */
const EVENTS_PER_TURN = 2_000

export class VirtualTime {
  readonly #queue = new EventQueue()
  #nowMs = BEGIN_MS

  readonly clock: Clock = () => this.#nowMs

  readonly timer: Timer = (ms, run) => {
    const event = this.#queue.add(this.#nowMs + Math.max(0, ms), run)
    return () => { event.run = undefined }
  }

  /** Milliseconds since the beginning. */
  get elapsedMs (): number {
    return this.#nowMs - BEGIN_MS
  }

  async sleep (ms: number): Promise<void> {
    await new Promise<void>(resolve => { this.timer(ms, resolve) })
  }

  /**
   * Lets time go by until `promise` has settled, and gives what it gives.
   *
   * @throws what it rejects with, what an event throws, or an error when nothing is left that could
   * settle it
   */
  async until<T> (promise: Promise<T>): Promise<T> {
    const run = new Run(this.#queue, nowMs => { this.#nowMs = nowMs })
    const ended = () => { run.isOver = true }
    promise.then(ended, ended)
    await run.end
    if (!run.isOver) throw new Error('nothing is left to happen, and the end is not reached')
    return await promise
  }
}

class Run {
  isOver = false
  readonly end: Promise<void>
  readonly #queue: EventQueue
  readonly #arrive: (nowMs: number) => void
  #left = EVENTS_PER_TURN

  constructor (queue: EventQueue, arrive: (nowMs: number) => void) {
    this.#queue = queue
    this.#arrive = arrive
    this.end = new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (this.#step()) this.#next(step)
          else resolve()
        } catch (err) {
          reject(err as Error)
        }
      }
      this.#next(step)
    })
  }

  /** False when there is no next one. */
  #step (): boolean {
    const event = this.isOver ? undefined : this.#queue.shift()
    if (event?.run == null) return false
    this.#arrive(event.atMs)
    event.run()
    return true
  }

  /** Behind all microtasks: Node takes ticks when there are none left. */
  #next (step: () => void): void {
    if (--this.#left > 0) {
      queueMicrotask(() => { process.nextTick(step) })
    } else {
      this.#left = EVENTS_PER_TURN
      setImmediate(step)
    }
  }
}
