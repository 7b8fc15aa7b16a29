/**
 * The same scenario with more and more peers: offload and start-up against their number.
 */

import * as Plot from '@observablehq/plot'
import { shown } from '../../run-figures.ts'
import type { ReportView, SweepPoint } from '../view.ts'
import { card } from './card.ts'
import { FRAME, LABEL_BELOW, ROOM_BELOW } from './frame.ts'
import { colour } from './palette.ts'

export function sweepCards ({ sweep }: ReportView): HTMLElement[] {
  if (sweep.length < 2) return []
  const x: Plot.ScaleOptions = {
    type: 'log', label: 'peers', ticks: sweep.map(({ peers }) => peers), tickFormat: ',d',
    ...LABEL_BELOW
  }
  const line = (value: (point: SweepPoint) => number, name: string, unit: string) => [
    Plot.line(sweep, { x: 'peers', y: value, stroke: colour(name), strokeWidth: 2 }),
    Plot.dot(sweep, {
      x: 'peers', y: value, fill: colour(name), tip: true,
      title: point => `${point.peers} peers: ${shown(value(point), unit)}`
    })
  ]
  return [
    card({
      title: 'Offload against the number of peers',
      legend: [
        { name: 'from peers', colour: colour('peer') },
        { name: 'the most possible', colour: colour('good') }
      ],
      draw: width => Plot.plot({
        ...FRAME, ...ROOM_BELOW, width, height: 280, x,
        y: { label: '%', domain: [0, 100], grid: true },
        marks: [
          ...line(point => point.ceiling * 100, 'good', '%'),
          ...line(point => point.offload * 100, 'peer', '%')
        ]
      })
    }),
    card({
      title: 'Start-up against the number of peers',
      legend: [
        { name: 'p50', colour: colour('cold') }, { name: 'p99', colour: colour('warm') }
      ],
      draw: width => Plot.plot({
        ...FRAME, ...ROOM_BELOW, width, height: 280, x, y: { label: 'ms', grid: true, zero: true },
        marks: [
          ...line(point => point.p99Ms, 'warm', 'ms'), ...line(point => point.p50Ms, 'cold', 'ms')
        ]
      })
    })
  ]
}
