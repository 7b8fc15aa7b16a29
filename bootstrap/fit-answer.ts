/**
 * As many providers as one tracker message holds.
 * in: providers in order, origins last.
 * out: those that fit; the last, an origin, is kept before the middle ones.
 */

import { MAX_TRACKER_MESSAGE_BYTES } from '../protocols/limits.ts'
import type { HandedOut } from '../protocols/tracker/index.ts'

/** Room for the fields around the list. */
const MARGIN_BYTES = 256
/** At most: field names, heads and numbers of a provider, and of each of its renditions. */
const PROVIDER_BYTES = 64
const RENDITION_BYTES = 48
/** Of a character, in UTF-8; a name has as many as {@link MAX_NAME_LENGTH}. */
const MAX_CHARACTER_BYTES = 3
const MAX_NAME_LENGTH = 64
const MAX_RENDITION_BYTES = RENDITION_BYTES + MAX_NAME_LENGTH * MAX_CHARACTER_BYTES

export function fitAnswer<T extends HandedOut> (providers: T[]): T[] {
  // Nearly always, and known without a look at every name.
  const atMost = providers.reduce((sum, { envelope, renditions = [] }) => sum +
    envelope.byteLength + PROVIDER_BYTES + renditions.length * MAX_RENDITION_BYTES, MARGIN_BYTES)
  if (atMost <= MAX_TRACKER_MESSAGE_BYTES) return providers
  const sizes = providers.map(maxBytesOf)
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

function maxBytesOf ({ envelope, renditions = [] }: HandedOut): number {
  return renditions.reduce(
    (sum, { rendition }) => sum + RENDITION_BYTES + rendition.length * MAX_CHARACTER_BYTES,
    envelope.byteLength + PROVIDER_BYTES)
}
