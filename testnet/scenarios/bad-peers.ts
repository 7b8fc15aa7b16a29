/**
 * A day with peers that are not as they should be: some alter what they send, some serve nobody,
 * some have slow wires.
 */

import type { FaultSpec } from '../faults/index.ts'
import type { Act, Goal, Scenario, Scene, SceneSize } from '../scenario.ts'
import { dayTrace } from './day-trace.ts'
import { always, bannedGoals, honestGoal } from './goals.ts'

const MOST_POLLUTERS = 5
/** No more than one in twenty where there are few. */
const POLLUTED_SHARE = 1 / 20
const FREE_RIDING_SHARE = 0.1
const SLOW_SHARE = 1 / 3
/** 2 Mbit/s up, 100 down. */
const SLOW_WIRES = { uploadBytesPerSecond: 250_000, downloadBytesPerSecond: 12_500_000 }

export const polluters: Scenario = {
  name: 'polluters',
  about: 'five peers alter every block they send, a tenth tells and serves nothing',
  scene: size => dayWith(size, [pollution(size), freeRiding(size)],
    [...bannedGoals(), honestGoal()])
}

export const freeRiders: Scenario = {
  name: 'free-riders',
  about: 'a tenth of the peers tells and serves nothing',
  scene: size => dayWith(size, [freeRiding(size)], [honestGoal()])
}

export const slowPeers: Scenario = {
  name: 'slow-peers',
  about: 'a third of the peers has a tenth of the others’ upload',
  scene: size => dayWith(size, [slowness(size)], [
    { figure: 'stalls', is: 'at most', goal: 0 },
    { figure: 'start-up p99', is: 'at most', goal: 2000 }
  ])
}

/** When the day begins: what they did before it would have them banned by then. */
export function pollution ({ peers, seed }: SceneSize): Act {
  const count = Math.max(1, Math.min(MOST_POLLUTERS, Math.round(peers * POLLUTED_SHARE)))
  return { at: 0, fault: { kind: 'polluter', who: { count, seed } } }
}

/** Others than the polluters, but for chance: of another seed. */
export function freeRiding ({ seed }: SceneSize): Act {
  return { at: 0, fault: { kind: 'free-rider', who: { share: FREE_RIDING_SHARE, seed: seed + 1 } } }
}

export function slowness ({ seed }: SceneSize): Act {
  const fault: FaultSpec = {
    kind: 'slow-peer', who: { share: SLOW_SHARE, seed: seed + 2 }, wires: SLOW_WIRES
  }
  return { at: 0, fault }
}

function dayWith (size: SceneSize, acts: Act[], goals: Goal[]): Scene {
  return {
    trace: dayTrace(size),
    edges: 4,
    acts,
    goals: [...always(), ...size.isShort ? [] : goals]
  }
}
