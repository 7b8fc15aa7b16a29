/**
 * One end of a transfer as a process of its own, watched from outside.
 * in: a contender's module. out: the process, told what to do; its CPU time and peak memory.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fetched, Load, Part, Sink } from './contender.ts'

export type Command =
  | { do: 'seed', load: Load }
  | { do: 'leech', load: Load, tickets: unknown[] }
  | { do: 'fetch', part: Part }
  | { do: 'fetch one by one', part: Part }
  | { do: 'cpu' }

export interface TimedFetch extends Fetched { elapsedMs: number }

export type Answer = { value: unknown } | { error: string }

/** Reading it walks the process's page tables: more often would slow what is measured. */
const MEMORY_INTERVAL_MS = 250
/** tmpfs, for those who know files only. */
const MEMORY_FOLDER = '/dev/shm'
const READY_TIMEOUT_MS = 120_000
const FETCH_TIMEOUT_MS = 180_000

export interface EndInit {
  /** Absolute path of the contender's module. */
  module: string
  pieceBytes: number
  pieces: number
  warmPieces?: number
  sink: Sink
  /** Flags for Node. */
  execArgv?: string[]
}

export class ContenderProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #init: EndInit
  readonly #watch: NodeJS.Timeout
  #peakBytes = 0

  private constructor (child: ChildProcess, folder: string, init: EndInit) {
    this.#child = child
    this.#folder = folder
    this.#init = init
    this.#watch = setInterval(() => { this.#look() }, MEMORY_INTERVAL_MS)
  }

  /** A process that has done nothing yet. */
  static async start (init: EndInit): Promise<ContenderProcess> {
    const parent = init.sink === 'memory' ? MEMORY_FOLDER : tmpdir()
    const folder = await mkdtemp(join(parent, 'cdnd-bench-'))
    const worker = join(import.meta.dirname, 'contender-worker.ts')
    const child = fork(worker, [init.module], {
      execArgv: init.execArgv ?? [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'json'
    })
    return new ContenderProcess(child, folder, init)
  }

  /** Proportional set size at its highest so far, as far as samples tell. */
  get peakBytes (): number {
    this.#look()
    return this.#peakBytes
  }

  /** Forgets the peak, such as that of making the pieces. */
  resetPeak (): void {
    this.#peakBytes = 0
  }

  async seed (): Promise<unknown> {
    return await this.#ask({ do: 'seed', load: this.#load() }, READY_TIMEOUT_MS)
  }

  async leech (tickets: unknown[]): Promise<void> {
    await this.#ask({ do: 'leech', load: this.#load(), tickets }, READY_TIMEOUT_MS)
  }

  async fetch (part: Part): Promise<TimedFetch> {
    return await this.#ask({ do: 'fetch', part }, FETCH_TIMEOUT_MS) as TimedFetch
  }

  /** Returns the milliseconds each took, as the process itself saw it. */
  async fetchOneByOne (part: Part): Promise<number[]> {
    return await this.#ask({ do: 'fetch one by one', part }, FETCH_TIMEOUT_MS) as number[]
  }

  /** CPU time of all its threads, in seconds. */
  async cpuSeconds (): Promise<number> {
    const { user, system } = await this.#ask({ do: 'cpu' }, READY_TIMEOUT_MS) as NodeJS.CpuUsage
    return (user + system) / 1e6
  }

  async stop (): Promise<void> {
    clearInterval(this.#watch)
    if (this.#child.exitCode == null && this.#child.signalCode == null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  #load (): Load {
    const { pieceBytes, pieces, warmPieces = 0, sink } = this.#init
    return { pieceBytes, pieces, warmPieces, sink, folder: this.#folder }
  }

  async #ask (command: Command, timeoutMs: number): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs)
    const ended = new AbortController()
    const { module } = this.#init
    try {
      this.#child.send(command)
      const [answer] = await Promise.race([
        once(this.#child, 'message', { signal: AbortSignal.any([signal, ended.signal]) }),
        once(this.#child, 'exit', { signal: ended.signal })
      ]) as [Answer | number | null]
      if (answer == null || typeof answer === 'number') throw new Error(`${module} died`)
      if ('error' in answer) throw new Error(`${module} failed: ${answer.error}`)
      return answer.value
    } finally {
      ended.abort()
    }
  }

  #look (): void {
    try {
      const text = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, 'utf8')
      const kib = Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
      this.#peakBytes = Math.max(this.#peakBytes, kib * 1024)
    } catch {
      // It is gone, or this is not Linux: there is nothing to see.
    }
  }
}
