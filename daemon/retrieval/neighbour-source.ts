/**
 * One neighbour as a source of one block.
 * in: a neighbour and a want. out: what may be expected of it, and how it is asked.
 */

import type { Clock } from '../../protocols/clock.ts'
import { isContentId } from '../../protocols/content/index.ts'
import type { Neighbour } from '../../protocols/exchange/index.ts'
import type { BlockSource, BlockWant } from './types.ts'

/**
 * Before so many bytes have come, a rate is that of small answers: it tells of round trips, not of
 * the link.
 */
const MIN_RATED_BYTES = 64 * 1024

export function sourceOf (
  neighbour: Neighbour, holds: BlockSource['holds'], clock: Clock,
  { score, isFar = false }: Pick<BlockSource, 'score' | 'isFar'> = {}
): BlockSource {
  const { peer, rttMs, rateBytesPerSecond, inFlight, receivedBytes } = neighbour
  const leftMs = ({ deadlineMs }: BlockWant) => Math.max(0, deadlineMs - clock())
  return {
    kind: kindOf(neighbour),
    id: peer.toString(),
    node: peer.toString(),
    rttMs,
    rateBytesPerSecond: receivedBytes < MIN_RATED_BYTES ? undefined : rateBytesPerSecond,
    inFlight,
    ...(score != null && { score }),
    ...(isFar && { isFar }),
    progress: () => neighbour.receivedBytes,
    holds,
    fetch: (want, { offset, ...options }) => {
      const { cid, size, content, priority } = want
      return neighbour.want({
        cid,
        size,
        priority,
        deadlineMs: leftMs(want),
        ...(content != null && { content }),
        ...(offset != null && { offset })
      }, options)
    },
    raise: want => {
      neighbour.raise({ cid: want.cid, priority: want.priority, deadlineMs: leftMs(want) })
    }
  }
}

export function kindOf ({ hello: { role } }: Neighbour): BlockSource['kind'] {
  return role === 'edge' || role === 'origin' ? role : 'peer'
}

/** What may be expected of a neighbour; undefined when it need not be asked. */
export function holdingOf (
  neighbour: Neighbour, want: BlockWant
): BlockSource['holds'] | undefined {
  const { hello: { role }, isLimited } = neighbour
  if (role === 'bootstrap' || isLimited) {
    return undefined
  }
  const said = saidOf(neighbour, want)
  // An edge can get what it does not hold, so its "missing" is not the last word.
  return said === 'missing' ? (role === 'peer' ? undefined : 'unknown') : said
}

/** What it said of the block itself. */
export function saidOf (
  neighbour: Neighbour, { content, rendition, number }: BlockWant
): ReturnType<Neighbour['holds']> {
  if (content == null) {
    return 'unknown'
  }
  if (rendition != null && number != null) {
    return neighbour.holds(content, rendition, number)
  }
  // Root, pages and init sections have no bit: whoever plays the title has read them, also before
  // it holds anything else. A file of no title that we know may be a block of one that they know.
  const holdsAny = neighbour.holdsAny(content)
  const isStranger = holdsAny === false && !neighbour.isInterested(content)
  return holdsAny === true ? 'have' : isStranger && isContentId(content) ? 'missing' : 'unknown'
}
