/**
 * Gives memory back while a process has nothing to do. in: what it used lately. out: a collection
 * of everything, when that is worth it.
 *
 * V8 collects when much is allocated. A node that has played, and rests, keeps what lived then.
 */

import { Session } from 'node:inspector'
import { setImmediate } from 'node:timers/promises'
import { systemTimer, type Timer } from '../protocols/clock.ts'

export interface IdleCollectorComponents {
  /** Of the process since its start, milliseconds of processor time. */
  cpuMs: () => number
  /** That the heap takes now. */
  heapBytes: () => number
  /** Never rejects. */
  collect: () => Promise<void>
  timer: Timer
}

/** Between two looks. Higher: memory is held for longer; lower: woken more often. */
export const LOOK_MS = 60_000
/** Of a core since the last look: a node at rest takes a tenth of that. */
export const IDLE_SHARE = 0.02
/** Of what came since the last collection, which costs 0.1 s of a core. */
export const WORTH_BYTES = 6 * 1024 * 1024

export class IdleCollector {
  readonly #components: IdleCollectorComponents
  #cancel: (() => void) | undefined
  #cpuMs = 0
  #leftBytes = 0

  constructor (components: IdleCollectorComponents) {
    this.#components = components
  }

  start (): void {
    if (this.#cancel != null) return
    this.#cpuMs = this.#components.cpuMs()
    this.#wait()
  }

  stop (): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #wait (): void {
    this.#cancel = this.#components.timer(LOOK_MS, () => {
      this.#wait()
      void this.#look()
    })
  }

  async #look (): Promise<void> {
    const { cpuMs, heapBytes, collect } = this.#components
    const isIdle = cpuMs() - this.#cpuMs < IDLE_SHARE * LOOK_MS
    if (isIdle && heapBytes() - this.#leftBytes >= WORTH_BYTES) {
      await collect()
      this.#leftBytes = heapBytes()
    }
    this.#cpuMs = cpuMs()
  }
}

/** Of this process. */
export const idleCollector = (timer: Timer = systemTimer): IdleCollector => new IdleCollector({
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  heapBytes: () => process.memoryUsage().heapTotal,
  collect: collectEverything,
  timer
})

/** By the inspector: a flag of V8's would make kept compiled code unfit for the next start. */
export async function collectEverything (): Promise<void> {
  const session = new Session()
  session.connect()
  await new Promise(resolve => { session.post('HeapProfiler.collectGarbage', resolve) })
  // Within the answer Node would wait for itself.
  await setImmediate()
  session.disconnect()
}
