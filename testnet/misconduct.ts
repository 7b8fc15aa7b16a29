/**
 * Stands between a node and its neighbours, and has it behave as it is told to at the time.
 * in: what it holds, what it may upload. out: the same, altered.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeComponents } from '../daemon/node.ts'
import type { Inventory, ServingLimits } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'

export class Misconduct {
  readonly #changes = new EventTarget()
  #conduct: Conduct

  constructor (conduct: Conduct = {}) {
    this.#conduct = conduct
  }

  /** What it was before. */
  change (conduct: Conduct): Conduct {
    const before = this.#conduct
    this.#conduct = conduct
    this.#changes.dispatchEvent(new Event('change'))
    return before
  }

  /** For `createNode`. */
  get components (): Pick<NodeComponents, 'inventory' | 'servingLimits'> {
    return {
      inventory: own => this.#inventory(own),
      servingLimits: own => this.#limits(own)
    }
  }

  #inventory (own: Inventory): Inventory {
    return {
      events: own.events,
      holdings: content => own.holdings(content),
      pending: content => own.pending?.(content) ?? [],
      get: async (cid, options) => {
        const { misdeed, diskDelayMs = 0 } = this.#conduct
        if (diskDelayMs > 0) await sleep(diskDelayMs, undefined, options)
        if (misdeed === 'liar') return undefined
        const bytes = await own.get(cid, options)
        return misdeed === 'polluter' ? spoiled(bytes) : bytes
      }
    }
  }

  #limits (own: ServingLimits): ServingLimits {
    const events = this.#changes
    own.events?.addEventListener('change', () => { events.dispatchEvent(new Event('change')) })
    return new Proxy(own, {
      get: (limits, key) => {
        const { misdeed } = this.#conduct
        if (key === 'events') return events
        if (key === 'parallelTransfers' && misdeed === 'busy') return 0
        if (key === 'isMetered' && misdeed === 'free-rider') return true
        return Reflect.get(limits, key, limits) as unknown
      }
    })
  }
}

/** One bit differs, the length does not. */
function spoiled (bytes: Uint8Array | undefined): Uint8Array | undefined {
  // A Buffer's own slice() would be the bytes it holds.
  const altered = bytes == null ? undefined : Uint8Array.from(bytes)
  if (altered?.[0] != null) altered[0] ^= 1
  return altered
}
