/**
 * Where nobody counts.
 */

import type { RetrievalMetrics } from './types.ts'

export const noMetrics: RetrievalMetrics = {
  delivered () {},
  mismatch () {},
  wasted () {},
  fetchSeconds () {}
}
