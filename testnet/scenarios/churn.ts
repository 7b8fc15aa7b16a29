/**
 * A day in which peers leave without a goodbye, and come back.
 */

import type { Act, Scenario, SceneSize } from '../scenario.ts'
import { dayTrace } from './day-trace.ts'
import { always } from './goals.ts'

const SHARE_PER_MINUTE = 0.2

export const churn: Scenario = {
  name: 'churn',
  about: 'a fifth of the peers leaves each minute without a goodbye, and comes back',
  scene: size => ({ trace: dayTrace(size), edges: 4, acts: [leaving(size)], goals: always() })
}

export function leaving ({ seed }: SceneSize): Act {
  return { at: 0, fault: { kind: 'churn', sharePerMinute: SHARE_PER_MINUTE, seed } }
}
