/**
 * A day in which the peers fall apart into two halves, which reach the servers but not each other,
 * and find together again.
 */

import type { Act, Scenario, SceneSize } from '../scenario.ts'
import type { Trace } from '../workload/trace.ts'
import { dayTrace, momentOf } from './day-trace.ts'
import { always } from './goals.ts'

export const partitionHeals: Scenario = {
  name: 'partition-heals',
  about: 'half of the peers cannot reach the other half for a third of a day',
  scene: size => {
    const trace = dayTrace(size)
    return { trace, edges: 4, acts: [halving(size, trace)], goals: always() }
  }
}

export function halving ({ seed }: SceneSize, trace: Trace): Act {
  return {
    at: momentOf(trace, 1 / 3),
    healsAt: momentOf(trace, 2 / 3),
    fault: { kind: 'partition', shares: [0.5, 0.5], seed }
  }
}
