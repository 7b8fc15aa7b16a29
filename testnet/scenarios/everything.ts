/**
 * All of it on one day.
 */

import type { Scenario } from '../scenario.ts'
import { freeRiding, pollution, slowness } from './bad-peers.ts'
import { leaving } from './churn.ts'
import { dayTrace, momentOf } from './day-trace.ts'
import { always } from './goals.ts'
import { halving } from './partition-heals.ts'

export const everything: Scenario = {
  name: 'everything',
  about: 'polluters, free riders, slow peers, churn, a partition, an edge and the tracker lost',
  scene: size => {
    const trace = dayTrace(size)
    return {
      trace,
      edges: 4,
      acts: [
        pollution(size),
        freeRiding(size),
        slowness(size),
        leaving(size),
        halving(size, trace),
        {
          at: momentOf(trace, 1 / 4),
          fault: { kind: 'kill', who: { role: 'edge', count: 1, seed: size.seed } }
        },
        { at: momentOf(trace, 1 / 2), fault: { kind: 'kill', who: { role: 'bootstrap' } } }
      ],
      goals: always()
    }
  }
}
