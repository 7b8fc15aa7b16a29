/**
 * Something many wait for and that happens now and then.
 */

export class Bell<T = void> {
  readonly #waiting = new Map<() => void, (news: T) => boolean>()

  /** Wakes those who wait now for such news. */
  ring (news: T): void {
    for (const [wake, isAwaited] of [...this.#waiting]) {
      if (isAwaited(news)) {
        wake()
      }
    }
  }

  /** Resolves at the next ring with news that are awaited, or when the signal aborts. */
  wait (
    { signal }: { signal: AbortSignal }, isAwaited: (news: T) => boolean = () => true
  ): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.set(wake, isAwaited)
      signal.addEventListener('abort', wake, { once: true })
      if (signal.aborted) {
        wake()
      }
    })
  }
}
