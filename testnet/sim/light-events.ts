/**
 * Event targets for many nodes in one thread. A node hears of each block of each neighbour; Node's
 * own dispatch takes ten times as long as the call.
 *
 * As the standard has them, as far as the daemon's code uses them: listeners are functions, nothing
 * is cancelled, and what a listener throws is thrown where the event was sent from.
 */

type Listen = (event: Event) => void
interface Listener { listen: Listen, once: boolean }
interface ListenOptions { once?: boolean, signal?: AbortSignal }

export class LightEventTarget {
  readonly #listeners = new Map<string, readonly Listener[]>()

  addEventListener (
    type: string, listen: Listen, { once = false, signal }: ListenOptions = {}
  ): void {
    const known = this.#listeners.get(type) ?? []
    if (signal?.aborted === true || known.some(each => each.listen === listen)) return
    this.#listeners.set(type, [...known, { listen, once }])
    signal?.addEventListener('abort', () => { this.removeEventListener(type, listen) })
  }

  removeEventListener (type: string, listen: Listen): void {
    const left = this.#listeners.get(type)?.filter(each => each.listen !== listen)
    this.#listeners.set(type, left ?? [])
  }

  dispatchEvent (event: Event): boolean {
    for (const { listen, once } of this.#listeners.get(event.type) ?? []) {
      if (once) this.removeEventListener(event.type, listen)
      listen(event)
    }
    return true
  }
}

/** Everything in this process has them from now on; the function takes that back. */
export function useLightEvents (): () => void {
  const { EventTarget } = globalThis
  Object.assign(globalThis, { EventTarget: LightEventTarget })
  return () => { Object.assign(globalThis, { EventTarget }) }
}
