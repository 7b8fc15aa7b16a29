/**
 * A day in which a server is lost: an edge, the bootstrap with its tracker, the origin.
 */

import type { FaultSpec } from '../faults/index.ts'
import type { Scenario, Scene, SceneSize } from '../scenario.ts'
import { dayTrace, momentOf, onlyKnownSince } from './day-trace.ts'
import { always } from './goals.ts'

const HALF_WAY = 0.5
/** Some titles have been heard to their end by then, also on a short day. */
const LATER = 0.7
/** Until what was heard to its end is announced, at the highest speed. */
const ANNOUNCED_SECONDS = 10

export const edgeLost: Scenario = {
  name: 'edge-lost',
  about: 'one of four edges is killed half-way through a day',
  scene: size => sceneOf(size, { kind: 'kill', who: { role: 'edge', count: 1, seed: size.seed } })
}

export const trackerLost: Scenario = {
  name: 'tracker-lost',
  about: 'the bootstrap with its tracker is killed half-way through a day',
  scene: size => sceneOf(size, { kind: 'kill', who: { role: 'bootstrap' } })
}

export const originLost: Scenario = {
  name: 'origin-lost',
  about: 'the origin is killed; after that only titles that somebody has are played',
  scene: size => {
    const scene = sceneOf(size, { kind: 'kill', who: { role: 'origin' } }, LATER)
    const lostAt = momentOf(scene.trace, LATER)
    return { ...scene, trace: onlyKnownSince(scene.trace, lostAt, ANNOUNCED_SECONDS) }
  }
}

function sceneOf (size: SceneSize, fault: FaultSpec, share = HALF_WAY): Scene {
  const trace = dayTrace(size)
  return { trace, edges: 4, acts: [{ at: momentOf(trace, share), fault }], goals: always() }
}
