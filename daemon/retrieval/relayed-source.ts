/**
 * A holder that we cannot dial as a source of one block, over relays.
 * in: the holder, a way to it, a want. out: what may be expected of it, and how it is asked.
 */

import type { Clock } from '../../protocols/clock.ts'
import { PeerBusyError, PeerUnreachableError } from '../../protocols/errors.ts'
import type { RelayPath } from './relay-path.ts'
import type { RelayPaths } from './relay-paths.ts'
import type { BlockSource, BlockWant } from './types.ts'
import type { FarHolder } from './unreached.ts'

/** What we use of who holds it. */
export type Holder = Pick<FarHolder, 'id' | 'kind' | 'holds' | 'answered'>

export function relayedSource (
  holder: Holder, path: RelayPath, paths: RelayPaths, wanted: BlockWant, clock: Clock
): BlockSource {
  const leftMs = ({ deadlineMs }: BlockWant) => Math.max(0, deadlineMs - clock())
  const keeper = holder.kind === 'peer' ? 0 : keeperOf(wanted, path)
  const sender = path.hops[0]!
  return {
    kind: holder.kind,
    id: path.id,
    node: path.id,
    sender,
    path: path.hops,
    rttMs: path.rttMs,
    rateBytesPerSecond: path.rateBytesPerSecond,
    inFlight: path.inFlight,
    progress: () => path.first.receivedBytes,
    holds: holder.holds,
    ...(keeper > 0 && { spreads: true }),
    fetch: async (want, { offset, ...options }) => {
      const { cid, size, content, priority } = want
      try {
        const bytes = await path.want({
          cid,
          size,
          priority,
          deadlineMs: leftMs(want),
          ...(content != null && { content }),
          ...(offset != null && { offset }),
          ...(keeper > 0 && { keeper })
        }, options)
        holder.answered(bytes != null)
        paths.reached(path)
        return bytes
      } catch (err) {
        throw verdict(err, path, paths)
      }
    },
    raise: want => {
      path.first.raise({ cid: want.cid, priority: want.priority, deadlineMs: leftMs(want) })
    }
  }
}

/** Which relay of the way shall keep the block, counted from 1: each in turn. 0 for none. */
function keeperOf ({ spread }: BlockWant, { hops }: RelayPath): number {
  return spread == null ? 0 : 1 + spread % (hops.length - 1)
}

/** Notes who stood in the way. Where a relay has no room for us now, the way is busy. */
function verdict (err: unknown, path: RelayPath, paths: RelayPaths): unknown {
  if (!(err instanceof PeerUnreachableError)) {
    return err
  }
  if (err.retryAfterMs > 0) {
    return new PeerBusyError(err.retryAfterMs, [], { cause: err })
  }
  paths.blocked(path, err.hop)
  return err
}
