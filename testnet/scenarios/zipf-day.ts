/**
 * A day of listening: fifty titles, the popular ones asked for more often, some left early.
 */

import { quantile } from '../run-figures.ts'
import type { Goal, Scenario, SceneSize } from '../scenario.ts'
import { dayTrace, MANY_PEERS } from './day-trace.ts'
import { always, costGoals } from './goals.ts'

export const zipfDay: Scenario = {
  name: 'zipf-day',
  about: 'a day of listening: popular titles more often, some left early, some sought through',
  scene: size => ({
    trace: dayTrace(size),
    edges: 4,
    acts: [],
    showsCosts: true,
    goals: [...always(), ...size.isShort ? [] : dayGoals(size)]
  })
}

function dayGoals ({ peers }: SceneSize): Goal[] {
  return [
    { figure: 'server bytes ÷ floor', is: 'at most', goal: 1.3 },
    { figure: 'start-up p50', is: 'at most', goal: 265 },
    { figure: 'start-up p50 ÷ plain HTTP', is: 'at most', goal: 1.1 },
    { figure: 'start-up p99', is: 'at most', goal: 2000 },
    { figure: 'stalls', is: 'at most', goal: 0 },
    {
      name: 'segment from a peer of the region, p95',
      unit: 'ms',
      is: 'at most',
      goal: 500,
      measure: ({ plays }) => quantile(plays.flatMap(play => play.nearSegmentsMs ?? []), 0.95)
    },
    ...peers < MANY_PEERS
      ? []
      : [{ figure: 'server bytes ÷ played', is: 'at most' as const, goal: 9 }, ...costGoals()]
  ]
}
