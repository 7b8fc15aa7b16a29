/**
 * What listeners do, by the name of the scenario: the testnet's traces, for as many as one likes.
 */

import type { Trace } from '../workload/trace.ts'
import { type TraceInit, zipfTrace } from '../workload/zipf-trace.ts'

export type SceneSize = Pick<TraceInit, 'seed' | 'listeners' | 'plays'>

export const SCENES: Record<string, (size: SceneSize) => Trace> = {
  'zipf-day': size => zipfTrace({
    ...size,
    catalogueSeed: 1,
    titles: 50,
    exponent: 0.9,
    shortestSeconds: 30,
    longestSeconds: 100,
    pauseSeconds: 5,
    arrivalSeconds: 30,
    skipped: 0.25,
    skipAfterSeconds: 5,
    sought: 0.1
  })
}
