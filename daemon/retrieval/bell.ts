/**
 * Something many wait for and that happens now and then.
 */

export class Bell {
  readonly #waiting = new Set<() => void>()

  /** Wakes everyone who waits now. */
  ring (): void {
    for (const wake of [...this.#waiting]) {
      wake()
    }
  }

  /** Resolves at the next ring, or when the signal aborts. */
  wait ({ signal }: { signal: AbortSignal }): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      if (signal.aborted) {
        wake()
      }
    })
  }
}
