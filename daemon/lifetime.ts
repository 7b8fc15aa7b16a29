/**
 * The order in which a node's parts begin and end. in: parts, each after those it needs. out: a
 * node that is up whole or not at all, and one that ends in bounded time.
 */

import { DeadlineError } from '../protocols/errors.ts'
import type { ComponentLogger, Logger } from '@libp2p/interface'

/** Something with a beginning and an end; either may be missing. */
export interface Part {
  start?: () => unknown
  stop?: () => unknown
}

/** A part's whole end. Longer: more answers under way are finished. */
export const DEFAULT_STOP_TIMEOUT_MS = 4_000

export interface LifetimeInit {
  /** {@link DEFAULT_STOP_TIMEOUT_MS} */
  stopTimeoutMs?: number
}

/**
 * @example
 * const lifetime = new Lifetime({ logger }).add('store', store).add('gateway', gateway)
 * await lifetime.start()
 */
export class Lifetime {
  readonly #log: Logger
  readonly #timeoutMs: number
  readonly #parts: Array<Part & { name: string }> = []
  #started: Part[] = []
  #stopping: Promise<void> | undefined

  constructor ({ logger }: { logger: ComponentLogger }, init: LifetimeInit = {}) {
    this.#log = logger.forComponent('cdnd:lifetime')
    this.#timeoutMs = init.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS
  }

  add (name: string, part: Part): this {
    this.#parts.push({ name, start: () => part.start?.(), stop: () => part.stop?.() })
    return this
  }

  /** Starts every part in order. When one fails, or the signal aborts, stops those started. */
  async start (options: { signal?: AbortSignal } = {}): Promise<void> {
    try {
      for (const part of this.#parts) {
        options.signal?.throwIfAborted()
        if (this.#started.includes(part)) continue
        this.#started.push(part)
        await part.start?.()
        this.#log.trace('started %s', part.name)
      }
    } catch (err) {
      await this.stop()
      throw err
    }
  }

  /** Stops what was started, the last first. One that fails or hangs does not keep the others. */
  async stop (): Promise<void> {
    this.#stopping ??= this.#stopAll()
    await this.#stopping
  }

  async #stopAll (): Promise<void> {
    for (const part of this.#parts.toReversed()) {
      if (!this.#started.includes(part)) continue
      try {
        await withDeadline(part.stop?.(), this.#timeoutMs, part.name)
        this.#log.trace('stopped %s', part.name)
      } catch (err) {
        this.#log.error('could not stop %s: %e', part.name, err)
      }
    }
    this.#started = []
    this.#stopping = undefined
  }
}

/**
 * Ends the process on an error nobody caught: the state it left is unknown. `stop` has a moment to
 * save what can be saved.
 */
export function endOnUnhandled (logger: ComponentLogger, stop: () => Promise<void>): void {
  const log = logger.forComponent('cdnd:lifetime')
  const end = (err: unknown): void => {
    log.error('ending on an error nobody caught: %e', err)
    process.exitCode = 1
    void withDeadline(stop(), DEFAULT_STOP_TIMEOUT_MS, 'the node')
      .catch(err => { log.error('%e', err) })
      .finally(() => process.exit(1))
  }
  process.once('uncaughtException', end)
  process.once('unhandledRejection', end)
}

async function withDeadline (work: unknown, timeoutMs: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`${name} did not stop within ${timeoutMs} ms`))
    }, timeoutMs)
  })
  await Promise.race([work, late]).finally(() => { clearTimeout(timer) })
}
