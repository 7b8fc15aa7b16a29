/**
 * In place of `p-queue`, of which the shared code uses a small part. in: tasks. out: their results;
 * no more of them run at a time than may, in the order in which they were added.
 */

type Task<T> = () => Promise<T> | T

class PQueue {
  readonly #concurrency: number
  readonly #waiting: Array<() => Promise<void>> = []
  readonly #idle: Array<() => void> = []
  #running = 0
  #isStarted: boolean

  constructor (
    { concurrency = Infinity, autoStart = true }: { concurrency?: number, autoStart?: boolean } = {}
  ) {
    this.#concurrency = concurrency
    this.#isStarted = autoStart
  }

  start (): this {
    this.#isStarted = true
    this.#fill()
    return this
  }

  /** Rejects with what the task throws. */
  add<T> (task: Task<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          resolve(await task())
        } catch (err) {
          reject(err)
        }
      })
      this.#fill()
    })
  }

  async addAll<T> (tasks: ReadonlyArray<Task<T>>): Promise<T[]> {
    return await Promise.all(tasks.map(task => this.add(task)))
  }

  /** Resolves when nothing runs and nothing waits. */
  async onIdle (): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return
    await new Promise<void>(resolve => { this.#idle.push(resolve) })
  }

  #fill (): void {
    while (this.#isStarted && this.#running < this.#concurrency && this.#waiting.length > 0) {
      this.#running++
      void this.#waiting.shift()!().finally(() => {
        this.#running--
        this.#fill()
        if (this.#running > 0 || this.#waiting.length > 0) return
        for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }
}

export { PQueue as default }
