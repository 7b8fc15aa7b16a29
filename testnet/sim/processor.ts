/**
 * Processors that programs share, in virtual time.
 * in: work in milliseconds of a processor, each for one event loop. out: told when it is done.
 *
 * A loop does one thing after the other. Loops that have work to do share the cores alike, as
 * programs of one priority do, and none is on two cores at once.
 */

import type { Clock, Timer } from '../../protocols/clock.ts'

/** One event loop. */
export interface Processor {
  /** Calls `done` when all it had to do before, and then this, has been done. */
  work (ms: number, done: () => void): void
}

interface Task {
  loop: Loop
  /** When it ends, on the scale of {@link Cores}. */
  endMs: number
  done: () => void
}

/** Epoch milliseconds are no finer than a quarter of this: less would never have passed. */
const ROUNDING_MS = 1e-3

export class Cores {
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #cores: number
  /** What each loop at work does next: one task at a time. */
  readonly #tasks = new Set<Task>()
  /** How long any loop that is at work has had a core so far: the same for all. */
  #workedMs = 0
  #sinceMs: number
  #stopTimer = (): void => {}

  constructor (components: { clock: Clock, timer: Timer }, cores: number) {
    this.#clock = components.clock
    this.#timer = components.timer
    this.#cores = cores
    this.#sinceMs = components.clock()
  }

  /** A program of its own. */
  loop (): Processor {
    return new Loop(this)
  }

  begin (loop: Loop, ms: number, done: () => void): void {
    this.#settle()
    this.#tasks.add({ loop, endMs: this.#workedMs + ms, done })
    this.#await()
  }

  get #rate (): number {
    return Math.min(1, this.#cores / this.#tasks.size)
  }

  #settle (): void {
    const nowMs = this.#clock()
    if (this.#tasks.size > 0) this.#workedMs += (nowMs - this.#sinceMs) * this.#rate
    this.#sinceMs = nowMs
  }

  /** The end of whatever ends first. */
  #await (): void {
    this.#stopTimer()
    const next = this.#first()
    if (next == null) return
    const leftMs = Math.max(0, next.endMs - this.#workedMs) / this.#rate
    this.#stopTimer = this.#timer(leftMs, () => { this.#end() })
  }

  #end (): void {
    this.#settle()
    const ended = [...this.#tasks].filter(({ endMs }) => endMs <= this.#workedMs + ROUNDING_MS)
    for (const task of ended) this.#tasks.delete(task)
    for (const { loop } of ended) loop.goOn()
    this.#await()
    for (const { done } of ended) done()
  }

  #first (): Task | undefined {
    let first: Task | undefined
    for (const task of this.#tasks) if (first == null || task.endMs < first.endMs) first = task
    return first
  }
}

class Loop implements Processor {
  readonly #cores: Cores
  /** What waits behind what it does now. */
  readonly #queue: Array<{ ms: number, done: () => void }> = []
  #isBusy = false

  constructor (cores: Cores) {
    this.#cores = cores
  }

  work (ms: number, done: () => void): void {
    this.#queue.push({ ms, done })
    if (!this.#isBusy) this.goOn()
  }

  /** What it did is done. */
  goOn (): void {
    const next = this.#queue.shift()
    this.#isBusy = next != null
    if (next != null) this.#cores.begin(this, next.ms, next.done)
  }
}

/** Calls `done` when it is done; at once where processors have no limit. */
export function working (processor: Processor | undefined, ms: number, done: () => void): void {
  if (processor == null) done()
  else processor.work(ms, done)
}

/** The same as a promise. */
export function worked (processor: Processor | undefined, ms: number): Promise<void> {
  return new Promise(resolve => { working(processor, ms, resolve) })
}
