/**
 * The time of a run as an axis, with a numbered mark wherever something was done to the network.
 */

import * as Plot from '@observablehq/plot'
import type { RunView } from '../view.ts'
import { colour } from './palette.ts'

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600]
const ROOM_FOR_TICK_PX = 70
const ROOM_FOR_MARK_PX = 26
/** So many would hide what they are drawn over. */
const MANY_ACTS = 24

export function timeAxis (
  { durationMs, acts, course }: RunView, width: number
): Plot.ScaleOptions {
  // What is done before the first listener comes has its place too.
  const fromMs = Math.min(0, acts[0]?.atMs ?? 0, course[0]?.atMs ?? 0)
  const most = width / ROOM_FOR_TICK_PX
  const stepMs = 1000 * (STEPS_S.find(step => durationMs / 1000 / step <= most) ?? STEPS_S.at(-1)!)
  const count = Math.floor(durationMs / stepMs) + 1
  return {
    domain: [fromMs, durationMs],
    label: null,
    ticks: Array.from({ length: count }, (_, i) => i * stepMs),
    tickFormat: (ms: number) => clock(ms)
  }
}

/** Where there is no room for its number, an act has its line only. */
export function actMarks ({ acts, durationMs }: RunView, width: number): Plot.Markish[] {
  const room = ROOM_FOR_MARK_PX / width * durationMs
  let lastMs = Number.NEGATIVE_INFINITY
  const marks = acts.map((act, i) => ({ ...act, number: i + 1 }))
  const numbered = marks.filter(({ atMs }) => {
    if (atMs - lastMs < room) return false
    lastMs = atMs
    return true
  })
  return [
    Plot.ruleX(marks, {
      x: 'atMs', stroke: colour('bad'), strokeDasharray: '3 3',
      strokeOpacity: acts.length > MANY_ACTS ? 0.2 : 0.65
    }),
    Plot.text(numbered, {
      x: 'atMs', text: act => String(act.number), frameAnchor: 'top', dy: -14,
      fill: colour('bad'), fontWeight: 600, fontSize: 12
    })
  ]
}

/** Minutes and seconds. */
export const clock = (ms: number): string => {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const sign = ms < 0 ? '−' : ''
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
