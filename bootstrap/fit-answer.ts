/**
 * As many providers as one tracker message holds.
 * in: providers in order, origins last.
 * out: those that fit; the last, an origin, is kept before the middle ones.
 */

import * as dagCbor from '@ipld/dag-cbor'
import { MAX_TRACKER_MESSAGE_BYTES } from '../protocols/limits.ts'
import type { HandedOut } from '../protocols/tracker/index.ts'
import { handedOutFields } from '../protocols/tracker/message.ts'

/** Room for the fields around the list. */
const MARGIN_BYTES = 256

export function fitAnswer<T extends HandedOut> (providers: T[]): T[] {
  const sizes = providers.map(provider => dagCbor.encode(handedOutFields(provider)).byteLength)
  const last = providers.length - 1
  let left = MAX_TRACKER_MESSAGE_BYTES - MARGIN_BYTES - (sizes[last] ?? 0)
  return providers.filter((_, index) => {
    const size = index === last ? 0 : sizes[index]!
    if (size > left) {
      return false
    }
    left -= size
    return true
  })
}
