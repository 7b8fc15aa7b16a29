/**
 * What a corrupt peer sends. in: what it holds. out: the same with every block altered: one bit
 * differs, the length does not.
 */

import type { Inventory } from '../protocols/exchange/index.ts'

export function spoiling (own: Inventory): Inventory {
  return {
    events: own.events,
    holdings: content => own.holdings(content),
    get: async (cid, options) => {
      const bytes = (await own.get(cid, options))?.slice()
      if (bytes?.[0] != null) bytes[0] ^= 1
      return bytes
    }
  }
}
