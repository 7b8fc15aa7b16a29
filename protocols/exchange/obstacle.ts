/**
 * Why a WANT with a route goes no further.
 * in: the route, what the next hop answered. out: the peer that stands in the way. Pure.
 */

import type { PeerUnreachableError } from '../errors.ts'

export interface Obstacle {
  /** The peer that stands in the way. */
  hop: string
  /** 0 for unknown. */
  retryAfterMs: number
}

/** A relay that is full may have room again so soon. */
export const RELAY_RETRY_MS = 200

/** A peer that the WANT would pass twice, the one it comes from included. */
export function repeatedIn (route: readonly string[], asker: string): string | undefined {
  const seen = new Set([asker])
  return route.find(id => seen.size === seen.add(id).size)
}

/**
 * What a failure of the next hop says of the way. It is heard on those behind it only; what it
 * does not explain is its own.
 */
export function obstacleOf (err: Error, [self = '', ...behind]: readonly string[]): Obstacle {
  const [next = ''] = behind
  switch (err.name) {
    // We have as much under way to it as it takes from us.
    case 'PeerBusyError': return { hop: self, retryAfterMs: RELAY_RETRY_MS }
    case 'PeerUnreachableError': {
      const { hop, retryAfterMs } = err as PeerUnreachableError
      return { hop: behind.includes(hop) ? hop : next, retryAfterMs }
    }
    default: return { hop: next, retryAfterMs: 0 }
  }
}

/** It sent something else than the block. */
export function isWrong ({ name }: Error): boolean {
  return name === 'BlockMismatchError' || name === 'BlockTooLargeError'
}
