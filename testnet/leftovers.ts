/**
 * Clears up after a run whose process was killed and could not: a process that outlives it, waits
 * for the end of its daemons, and removes the folder.
 *
 * Daemons end by themselves when the process that started them does. They may write until then.
 */

import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { answerCalls, WorkerProcess } from './worker-process.ts'

const LOOK_MS = 200
/** Longer than a daemon may take to stop. */
const DAEMONS_END_MS = 20_000
/** One that was starting at the time was not known yet. */
const STARTING_ENDS_MS = 2_000

export interface LeftoversInit {
  folder: string
}

interface LeftoversCall {
  /** Of all processes that use the folder, now. */
  pids: number[]
}

export class Leftovers {
  readonly #worker: WorkerProcess<LeftoversCall, null>

  constructor (init: LeftoversInit) {
    const file = fileURLToPath(import.meta.url)
    this.#worker = new WorkerProcess({ name: 'the clearing up', file, settings: init })
  }

  async start (): Promise<void> {
    await this.#worker.start()
  }

  /** Who has to have ended before the folder goes. */
  async follow (pids: number[]): Promise<void> {
    await this.#worker.call({ pids })
  }

  /** The run has ended well, and clears up itself. */
  async stop (): Promise<void> {
    await this.#worker.kill()
  }
}

async function clear (folder: string, pids: readonly number[]): Promise<void> {
  const remove = (): Promise<void> =>
    rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => {})
  const endMs = performance.now() + DAEMONS_END_MS
  while (pids.some(isRunning) && performance.now() < endMs) await sleep(LOOK_MS)
  await remove()
  await sleep(STARTING_ENDS_MS)
  await remove()
}

function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

if (import.meta.main) {
  const { folder } = JSON.parse(process.argv[2]!) as LeftoversInit
  let pids: number[] = []
  answerCalls<LeftoversCall, null>(async call => {
    pids = call.pids
    return null
  })
  process.on('disconnect', () => {
    void clear(folder, pids).finally(() => process.exit())
  })
  // The terminal's Ctrl-C and its end reach us too: who started us still clears up then.
  process.on('SIGINT', () => {}).on('SIGHUP', () => {})
}
