/**
 * Whether a run shows what its scenario has to. in: a record, goals. out: a verdict each.
 */

import { figuresOf, shown } from '../run-figures.ts'
import { isMet, type RunRecord, type Verdict } from '../run-record.ts'
import type { Goal } from '../scenario.ts'

/** Without a clean run nothing is judged beside it. */
export function verdictsOf (
  record: RunRecord, goals: readonly Goal[], clean?: RunRecord
): Verdict[] {
  const figures = new Map(figuresOf(record).map(figure => [figure.name, figure]))
  return goals.flatMap(each => {
    const { is, goal } = each
    if ('figure' in each) {
      const { value, unit = '' } = figures.get(each.figure) ?? {}
      return { name: each.figure, measured: measured(value), goal, is, unit }
    }
    const { name, unit } = each
    if ('measure' in each) return { name, measured: measured(each.measure(record)), goal, is, unit }
    if (clean == null) return []
    return { name, measured: measured(each.measureAgainst(record, clean)), goal, is, unit }
  })
}

/** Of nothing there is no quantile and no ratio. */
function measured (value: number | undefined): number | null {
  return value != null && Number.isFinite(value) ? value : null
}

/** In a line: `missed start-up p50: 310 ms, at most 265 ms: by 45 ms, 17 %`. */
export function verdictLine (verdict: Verdict): string {
  const { name, measured, goal, is, unit } = verdict
  const measure = `${name}: ${shown(measured ?? Number.NaN, unit)}, ${is} ${shown(goal, unit)}`
  if (isMet(verdict)) return `met    ${measure}`
  if (measured == null) return `missed ${measure}: it was not measured`
  const by = Math.abs(measured - goal)
  const share = goal === 0 ? '' : `, ${(by / goal * 100).toFixed(0)} %`
  return `missed ${measure}: by ${shown(by, unit)}${share}`
}
