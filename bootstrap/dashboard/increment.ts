/**
 * What happened at a node between two of its reports. Pure.
 */

import { noCounts, type NodeReport, REPORT_COUNTS } from '../../protocols/tracker/index.ts'

export type Increment = Pick<NodeReport, 'counts' | 'starts'>
/** A report without what is held. */
export type Counted = Omit<NodeReport, 'holds'>

/**
 * A node that began to count within this time has its first report counted from its start; of one
 * that has counted for longer nobody knows when that was.
 */
export const FRESH_MS = 5 * 60_000

/** `before` is the node's last report, where there was one. */
export function incrementOf (
  before: Counted | undefined, now: Counted, nowMs: number
): Increment {
  if (before?.sinceMs === now.sinceMs) return difference(before, now)
  const isNew = before != null || nowMs - now.sinceMs <= FRESH_MS
  return isNew ? now : { counts: noCounts(), starts: now.starts.map(() => 0) }
}

function difference (before: Counted, now: Counted): Increment {
  const counts = noCounts()
  for (const name of REPORT_COUNTS) {
    counts[name] = Math.max(0, now.counts[name] - before.counts[name])
  }
  return { counts, starts: now.starts.map((times, i) => Math.max(0, times - before.starts[i]!)) }
}
