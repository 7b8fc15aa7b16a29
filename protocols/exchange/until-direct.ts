/**
 * Waits for a neighbour met through a relay to be reached directly.
 * in: a neighbour, word of new ones. out: the direct one; after a while the one there is.
 */

import { PeerGoneError } from '../errors.ts'
import type { Neighbour } from './types.ts'

/**
 * Both dial each other as soon as they have met: that takes a few round trips over the relay. Less
 * than those who connect have patience for.
 */
export const DIRECT_SOON_MS = 2_000

/** Others may go on with it meanwhile. @throws PeerGoneError when there is neither in the end */
export async function untilDirect (
  events: EventTarget, neighbour: Neighbour & { isClosed: boolean }, waitMs = DIRECT_SOON_MS
): Promise<Neighbour> {
  if (!neighbour.isLimited) return neighbour
  const { promise, resolve, reject } = Promise.withResolvers<Neighbour>()
  const onOpen = (event: Event): void => {
    const { detail } = event as CustomEvent<Neighbour>
    if (detail.peer.equals(neighbour.peer) && !detail.isLimited) resolve(detail)
  }
  const timer = setTimeout(() => {
    if (!neighbour.isClosed) resolve(neighbour)
    else reject(new PeerGoneError(`${neighbour.peer} was met through a relay, and left`))
  }, waitMs)
  events.addEventListener('open', onOpen)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    events.removeEventListener('open', onOpen)
  }
}
