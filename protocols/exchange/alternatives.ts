/**
 * Whom a busy node names to the one it sends away.
 * in: its neighbours, how each was reached. out: multiaddrs of some that hold a title.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Neighbour } from './types.ts'

const MAX_ALTERNATIVES = 8

export interface Reached {
  neighbour: Neighbour
  /** Where we reached it, when we dialled. */
  address: string | undefined
}

/** Where neighbours that hold something of the title can be dialled, by their own word if known. */
export function alternatives (
  content: CID, except: PeerId, reached: Iterable<Reached>,
  addressesOf: (neighbour: Neighbour) => readonly string[] = () => []
): string[] {
  return [...reached]
    .filter(({ neighbour }) => !neighbour.peer.equals(except) && neighbour.holdsAny(content))
    .map(({ neighbour, address }) => {
      const signed = addressesOf(neighbour)
      return signed.length > 0 || address == null ? signed : [address]
    })
    .filter(addresses => addresses.length > 0)
    .slice(0, MAX_ALTERNATIVES)
    .flat()
}
