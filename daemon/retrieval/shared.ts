/**
 * One run for everybody who wants the same thing at the same time.
 * in: a key and how to get it. out: what the one run gave. A waiter who leaves does not stop the
 * run; the last one does.
 */

import { abortable, ENDED } from './abort.ts'

interface Run<T> {
  controller: AbortController
  result: Promise<T>
  waiters: number
}

export class Shared<T> {
  readonly #runs = new Map<string, Run<T>>()

  /** Runs under way. */
  get size (): number {
    return this.#runs.size
  }

  /** Joins the run for `key`, which `start` begins when there is none. */
  async join (
    key: string, start: (signal: AbortSignal) => Promise<T>, options: { signal?: AbortSignal } = {}
  ): Promise<T> {
    options.signal?.throwIfAborted()
    const run = this.#runs.get(key) ?? this.#begin(key, start)
    run.waiters++
    try {
      return await abortable(run.result, options.signal)
    } finally {
      run.waiters--
      if (run.waiters === 0) {
        this.#forget(key, run)
        run.controller.abort(ENDED)
      }
    }
  }

  /** Ends every run; who waits is told `reason`. */
  abort (reason: Error): void {
    for (const { controller } of this.#runs.values()) {
      controller.abort(reason)
    }
  }

  #begin (key: string, start: (signal: AbortSignal) => Promise<T>): Run<T> {
    const controller = new AbortController()
    const { signal } = controller
    const run: Run<T> = { controller, result: abortable(start(signal), signal), waiters: 0 }
    this.#runs.set(key, run)
    const forget = () => { this.#forget(key, run) }
    // A run that fails after its last waiter has left is nobody's business.
    run.result.then(forget, forget)
    return run
  }

  #forget (key: string, run: Run<T>): void {
    if (this.#runs.get(key) === run) {
      this.#runs.delete(key)
    }
  }
}
