/**
 * A peer with what this node thinks of it, as its control API tells.
 */

import type { PeerSummary } from './index.ts'

export interface RankedPeer extends PeerSummary {
  /** 0 … 1; the best is asked first, all else being equal. */
  score: number
  /** What each term adds to the score. */
  terms: { rtt: number, upload: number, reciprocity: number, uptime: number }
  /** Block bytes of the last ten minutes, older ones counting less. */
  gaveBytes: number
  tookBytes: number
  /** Why it stands where it does: `near (3 ms), gave 12 MB, took 4 MB, upload 5 MB/s`. */
  why: string
}
