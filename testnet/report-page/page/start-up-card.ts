/**
 * How long listeners waited: the share that had begun by then, and quantiles.
 */

import * as Plot from '@observablehq/plot'
import { type StartQuantiles, shown } from '../../run-figures.ts'
import type { RunView } from '../view.ts'
import { card } from './card.ts'
import { table } from './element.ts'
import { FRAME, LABEL_BELOW, ROOM_BELOW } from './frame.ts'
import { colour, KIND_NAMES, KINDS } from './palette.ts'

export function startUpCard (run: RunView, beside: RunView | undefined): HTMLElement {
  const kinds = KINDS.filter(kind => run.quantiles.some(row => row.kind === kind))
  const curve = (of: RunView, more: Plot.LineOptions): Plot.Markish => Plot.line(of.curves, {
    x: ({ ms }) => Math.max(1, ms), y: ({ share }) => share * 100, z: 'kind',
    stroke: ({ kind }) => colour(kind), ...more
  })
  return card({
    title: 'Start-up',
    hint: 'The share of plays that had begun after so long; farther left is faster.' +
      (beside == null ? '' : ` Dashed: the ${beside.kind}.`),
    legend: kinds.map(kind => ({ name: KIND_NAMES[kind], colour: colour(kind) })),
    draw: width => Plot.plot({
      ...FRAME, ...ROOM_BELOW, width, height: 280,
      x: { ...LABEL_BELOW, type: 'log', label: 'ms', tickFormat: '~s', grid: true },
      y: { label: '%', domain: [0, 100], grid: true },
      marks: [
        ...(beside == null ? [] : [curve(beside, { strokeDasharray: '4 4', strokeOpacity: 0.8 })]),
        curve(run, {
          strokeWidth: 2,
          tip: { format: { x: (ms: number) => shown(ms, 'ms'), z: true, stroke: false } }
        })
      ]
    }),
    below: [quantileTable(run.quantiles, beside)]
  })
}

function quantileTable (rows: StartQuantiles[], beside: RunView | undefined): HTMLElement {
  const right = (name: string) => ({ name, isNumber: true })
  return table(
    [
      { name: 'start-up' }, right('plays'), right('p50'), right('p95'), right('p99'),
      ...(beside == null ? [] : [right(`p50, ${beside.kind}`)])
    ],
    rows.map(({ kind, count, p50, p95, p99 }) => [
      KIND_NAMES[kind], shown(count, ''), shown(p50, 'ms'), shown(p95, 'ms'), shown(p99, 'ms'),
      ...(beside == null
        ? []
        : [shown(beside.quantiles.find(row => row.kind === kind)?.p50 ?? Number.NaN, 'ms')])
    ]))
}
