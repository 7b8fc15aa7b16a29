/**
 * Two listeners of a long title. in: a stage. out: memory as it plays, and complaints.
 */

import type { Listener } from '../listener.ts'
import { arriveInTurn, endsOf, type Figures, pause, type Stage, untilAllEnded } from '../stage.ts'

const LISTENERS = 2
/** Between two looks. */
const LOOK_MS = 30_000
const MB = 1e6

export async function long (stage: Stage): Promise<Figures> {
  const listeners = await arriveInTurn(stage, LISTENERS)
  const heaps: number[] = []
  const mostLooks = 2 * 1000 * stage.seconds / LOOK_MS
  while (!(await listeners[0]!.read()).isEnded && heaps.length < mostLooks) {
    await pause(stage, LOOK_MS)
    heaps.push(await mostOf(listeners))
  }
  const states = await untilAllEnded(stage, listeners)
  const complaints = listeners.flatMap(one => one.complaints)
  const { length } = heaps
  return {
    [`${stage.seconds / 60} min: played to the end`]: endsOf(states),
    [`${stage.seconds / 60} min: heap of JavaScript, MB`]: [0.2, 0.5, 0.9]
      .map(share => ((heaps[Math.floor(length * share)] ?? Number.NaN) / MB).toFixed(1))
      .join(' → '),
    [`${stage.seconds / 60} min: console errors`]: complaints.length === 0
      ? '0'
      : `${complaints.length}: ${complaints[0]}`
  }
}

async function mostOf (listeners: Listener[]): Promise<number> {
  return Math.max(...await Promise.all(listeners.map(listener => listener.heapBytes())))
}
