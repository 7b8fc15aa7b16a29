/**
 * A process that does what it is told over IPC. in: its file, calls. out: an answer each. It ends
 * when this process does.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'

interface Asked<Call> { id: number, call: Call }
interface Answered<Answer> { id: number, answer?: Answer, error?: string }

export interface WorkerInit {
  /** For error messages. */
  name: string
  /** A module that calls {@link answerCalls}. */
  file: string
  /** What it gets as its only argument, as JSON. */
  settings: object
  /** Where its stderr goes; ours unless given. */
  logPath?: string
  /** Added to NODE_OPTIONS. Not by execArgv: what runs there would fork with them again. */
  nodeOptions?: string[]
}

const STOP_TIMEOUT_MS = 10_000

export class WorkerProcess<Call, Answer> {
  readonly #init: WorkerInit
  readonly #waiting = new Map<number, (answered: Answered<Answer>) => void>()
  #child: ChildProcess | undefined
  #starting: Promise<unknown> | undefined
  #lastId = 0

  constructor (init: WorkerInit) {
    this.#init = init
  }

  get pid (): number | undefined { return this.isRunning ? this.#child?.pid : undefined }
  get isRunning (): boolean {
    const child = this.#child
    return child?.pid != null && child.exitCode == null && child.signalCode == null
  }

  async start (): Promise<void> {
    this.#starting ??= this.#fork()
    await this.#starting
  }

  /** Rejects with what went wrong there. */
  async call (call: Call): Promise<Answer> {
    const id = ++this.#lastId
    const { answer, error } = await new Promise<Answered<Answer>>(resolve => {
      this.#waiting.set(id, resolve)
      if (this.#child?.connected === true) this.#child.send({ id, call })
      else resolve({ id, error: 'it does not run' })
    })
    this.#waiting.delete(id)
    if (error != null) throw new Error(`${this.#init.name} failed: ${error}`)
    return answer!
  }

  /** Asks it to stop and waits for its end; kills it when it does not. */
  async stop (): Promise<void> {
    if (!this.isRunning) return
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.kill('SIGTERM')
    clearTimeout(timer)
  }

  async kill (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return
    const exited = once(this.#child!, 'exit')
    this.#child!.kill(signal)
    await exited
  }

  async #fork (): Promise<void> {
    const { file, settings, logPath, nodeOptions = [] } = this.#init
    const stderr = logPath == null ? 'inherit' : openSync(logPath, 'a')
    const { NODE_OPTIONS = '', ...env } = process.env
    const child = fork(file, [JSON.stringify(settings)], {
      env: { ...env, NODE_OPTIONS: [NODE_OPTIONS, ...nodeOptions].join(' ').trim() },
      stdio: ['ignore', 'ignore', stderr, 'ipc']
    })
    this.#child = child
    child.on('message', (answered: Answered<Answer>) => {
      this.#waiting.get(answered.id)?.(answered)
    })
    child.on('exit', code => {
      this.#starting = undefined
      for (const [id, answer] of this.#waiting) answer({ id, error: `exit code ${code}` })
    })
    await once(child, 'spawn')
  }
}

/** In the worker: answers calls one by one as they come, side by side. */
export function answerCalls<Call, Answer> (answer: (call: Call) => Promise<Answer>): void {
  process.on('message', ({ id, call }: Asked<Call>) => {
    answer(call).then(
      answer => { process.send?.({ id, answer }) },
      (err: Error) => { process.send?.({ id, error: err.message }) }
    )
  })
}
