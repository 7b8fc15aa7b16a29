/**
 * What a report counts, without its encoding: pages reckon with it.
 */

/**
 * Bytes but where said otherwise.
 *
 *   local peer edge origin   block bytes of use, by where they came from; local is our own store
 *   wasted                   block bytes of no use
 *   given                    media handed to players
 *   sent                     bodies over HTTP, to players and nodes
 *   uploaded                 over exchange, in whole 64 KiB
 *   mediaMs mediaBytes       media handed to listeners whose play is followed, and its length
 *   stalls stalledMs         times those listeners had nothing to play, and for how long
 */
export const REPORT_COUNTS = [
  'local', 'peer', 'edge', 'origin', 'wasted', 'given', 'sent', 'uploaded', 'mediaMs',
  'mediaBytes', 'stalls', 'stalledMs'
] as const
export type ReportCounts = Record<typeof REPORT_COUNTS[number], number>

/** Start-ups are counted by how long they took: up to so many milliseconds; one more is longer. */
export const START_BOUNDS_MS = [
  25, 50, 100, 150, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000
] as const
export const START_CLASSES = START_BOUNDS_MS.length + 1

/** Where a start-up of so many milliseconds is counted. */
export function startClass (ms: number): number {
  const found = START_BOUNDS_MS.findIndex(bound => ms <= bound)
  return found < 0 ? START_CLASSES - 1 : found
}

export const noCounts = (): ReportCounts =>
  Object.fromEntries(REPORT_COUNTS.map(name => [name, 0])) as ReportCounts
