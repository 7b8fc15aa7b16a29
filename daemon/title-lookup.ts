/**
 * Which title a segment or block belongs to, asked of trackers once for all who ask at a time.
 * in: a CID. out: a content ID, or nothing; either is remembered for a while.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../protocols/clock.ts'
import { upTo } from '../protocols/lru-bound.ts'

/** A segment stays where it is: this bounds what a tracker that was wrong costs. */
const FOUND_MS = 300_000
const MAX_REMEMBERED = 4096

export type LookUp = (cid: CID, options: { signal?: AbortSignal }) => Promise<CID | undefined>

interface Answer { content: CID | undefined, untilMs: number }

/** `notFoundMs`: how long "nobody knows" is believed. */
export function remembering (lookUp: LookUp, clock: Clock, notFoundMs: number): LookUp {
  const answers = new LRUCache<string, Answer>(upTo(MAX_REMEMBERED))
  const running = new Map<string, Promise<CID | undefined>>()
  const ask = async (cid: CID): Promise<CID | undefined> => {
    // Of no asker's signal: others may wait for it. Trackers have a deadline of their own.
    const content = await lookUp(cid, {})
    const untilMs = clock() + (content == null ? notFoundMs : FOUND_MS)
    answers.set(cid.toString(), { content, untilMs })
    return content
  }
  return async (cid, options) => {
    options.signal?.throwIfAborted()
    const key = cid.toString()
    const known = answers.get(key)
    if (known != null && known.untilMs > clock()) return known.content
    const run = running.get(key) ?? ask(cid).finally(() => { running.delete(key) })
    running.set(key, run)
    return await run
  }
}
