/**
 * Tasks under one key run one after the other; tasks under different keys do not wait.
 */

export class SerialByKey {
  /** The last task of each key that has any under way, so bounded by the callers that wait. */
  readonly #last = new Map<string, Promise<unknown>>()

  async run<T> (key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const run = before == null ? task() : before.then(task, task)
    this.#last.set(key, run)
    try {
      return await run
    } finally {
      if (this.#last.get(key) === run) this.#last.delete(key)
    }
  }

  /** Resolves when every task given so far has ended. */
  async idle (): Promise<void> {
    await Promise.allSettled(this.#last.values())
  }
}
