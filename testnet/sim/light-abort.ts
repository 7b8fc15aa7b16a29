/**
 * Abort signals for many nodes in one thread. A play makes hundreds of them; Node's own take a
 * quarter of a simulation's time.
 *
 * As the standard has them, as far as the daemon's code uses them: `abort` is the only event, there
 * is no `onabort`, and who aborts without a reason gives one that was made before.
 */

type Listen = (event: AbortEvent) => void
interface AbortEvent { type: 'abort', target: LightAbortSignal }

export class LightAbortSignal {
  aborted = false
  reason: unknown
  #listeners: Listen[] = []

  addEventListener (_type: 'abort', listener: Listen): void {
    if (!this.aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener)
  }

  removeEventListener (_type: 'abort', listener: Listen): void {
    const index = this.#listeners.indexOf(listener)
    if (index >= 0) this.#listeners.splice(index, 1)
  }

  throwIfAborted (): void {
    if (this.aborted) throw this.reason
  }

  /** Once, whatever is done again. */
  end (reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    const event: AbortEvent = { type: 'abort', target: this }
    // A listener may take others back.
    for (let next = this.#listeners.shift(); next != null; next = this.#listeners.shift()) {
      next(event)
    }
  }

  static any (signals: Iterable<LightAbortSignal>): LightAbortSignal {
    const sources = [...signals]
    const any = new LightAbortSignal()
    const aborted = sources.find(source => source.aborted)
    if (aborted != null) {
      any.end(aborted.reason)
      return any
    }
    const end = ({ target }: AbortEvent): void => {
      sources.forEach(source => { source.removeEventListener('abort', end) })
      any.end(target.reason)
    }
    sources.forEach(source => { source.addEventListener('abort', end) })
    return any
  }
}

export class LightAbortController {
  readonly signal = new LightAbortSignal()

  abort (reason: unknown = NO_REASON): void {
    this.signal.end(reason)
  }
}

const NO_REASON = new DOMException('This operation was aborted', 'AbortError')

/** Everything in this process has them from now on; the function takes that back. */
export function useLightAbort (): () => void {
  const { AbortController, AbortSignal } = globalThis
  Object.assign(globalThis, {
    AbortController: LightAbortController, AbortSignal: LightAbortSignal
  })
  return () => { Object.assign(globalThis, { AbortController, AbortSignal }) }
}
