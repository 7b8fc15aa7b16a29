/**
 * What happened over time: who brought the bytes, how many listened, when starting took long.
 */

import * as Plot from '@observablehq/plot'
import { shown } from '../../run-figures.ts'
import type { CoursePoint, RunView } from '../view.ts'
import { card } from './card.ts'
import { element } from './element.ts'
import { FRAME } from './frame.ts'
import { colour, KIND_NAMES, KINDS, SOURCE_NAMES, SOURCES } from './palette.ts'
import { actMarks, clock, timeAxis } from './time-axis.ts'

const MIB = 1024 * 1024
/** What costs servers lies at the bottom, where it is read most easily. */
const STACK = ['origin', 'edge', 'peer', 'local']
/** As tall as the card beside it, which has a table too. */
const STARTS_PX = 420

export function bytesCard (run: RunView): HTMLElement {
  // A step needs its end too.
  const steps = [...run.course, ...run.course.slice(-1).map(last =>
    ({ ...last, atMs: last.untilMs }))]
  const parts = steps.flatMap(({ atMs, bytesPerSecond }) => SOURCES.map(source =>
    ({ atMs, source, rate: bytesPerSecond[source] / MIB })))
  const totals = run.course.map(point => ({
    ...point, rate: SOURCES.reduce((sum, source) => sum + point.bytesPerSecond[source], 0) / MIB
  }))
  return card({
    title: 'Where the bytes came from',
    hint: 'All listeners together. Numbered lines: what was done to the network, listed below.',
    size: 'wide',
    legend: SOURCES.map(source => ({ name: SOURCE_NAMES[source], colour: colour(source) })),
    draw: width => Plot.plot({
      ...FRAME, width, height: 300,
      x: timeAxis(run, width),
      y: { label: 'MiB/s', grid: true },
      marks: [
        Plot.areaY(parts, {
          x: 'atMs', y: 'rate', fill: part => colour(part.source), z: 'source', order: STACK,
          curve: 'step-after'
        }),
        ...actMarks(run, width),
        Plot.tip(totals, Plot.pointerX({ x: 'atMs', y: 'rate', title: ratesIn }))
      ]
    })
  })
}

const ratesIn = ({ atMs, bytesPerSecond }: CoursePoint): string => [
  clock(atMs),
  ...SOURCES.map(source => `${SOURCE_NAMES[source]}: ${shown(bytesPerSecond[source], 'B')}/s`)
].join('\n')

export function actsCard ({ acts, actCount }: RunView): HTMLElement | undefined {
  if (acts.length === 0) return undefined
  const rows = acts.map(({ atMs, text }, i) => element('li', '',
    element('span', 'mark', String(i + 1)), element('time', '', clock(atMs)), text))
  return card({
    title: 'What was done to the network',
    ...(actCount > acts.length && { hint: `The first ${acts.length} of ${actCount}.` }),
    below: [element('ol', 'acts', ...rows)]
  })
}

export function offloadCard (run: RunView, beside: RunView | undefined): HTMLElement {
  const line = (of: RunView, more: Plot.LineOptions): Plot.Markish =>
    Plot.lineY(of.course.filter(({ peerShare }) => peerShare != null), {
      x: 'untilMs', y: point => point.peerShare * 100, strokeWidth: 2, ...more
    })
  return card({
    title: 'Offload',
    hint: 'Of all bytes fetched so far, what other listeners brought.',
    legend: [
      { name: run.kind, colour: colour('peer') },
      ...(beside == null ? [] : [{ name: `${beside.kind} beside it`, colour: colour('edge') }]),
      { name: `the most possible, ${shown(run.ceilingShare * 100, '%')}`, colour: colour('good') }
    ],
    draw: width => Plot.plot({
      ...FRAME, width, height: 260,
      x: timeAxis(run, width),
      y: { label: '%', domain: [0, 100], grid: true },
      marks: [
        Plot.ruleY([run.ceilingShare * 100], { stroke: colour('good'), strokeDasharray: '6 4' }),
        ...(beside == null ? [] : [line(beside, { stroke: colour('edge') })]),
        line(run, {
          stroke: colour('peer'),
          tip: { format: { x: clock, y: (share: number) => `${share.toFixed(1)} %` } }
        }),
        ...actMarks(run, width)
      ]
    })
  })
}

export function serversCard (run: RunView): HTMLElement {
  return card({
    title: 'Bytes from servers',
    hint: 'Fetched from edges and origin so far, and the floor: what somebody had to fetch.',
    legend: [
      { name: 'from servers', colour: colour('edge') },
      { name: `floor, ${shown(run.floorBytes, 'B')}`, colour: colour('good') }
    ],
    draw: width => Plot.plot({
      ...FRAME, width, height: 260,
      x: timeAxis(run, width),
      y: { label: 'MiB', grid: true, zero: true },
      marks: [
        Plot.ruleY([run.floorBytes / MIB], { stroke: colour('good'), strokeDasharray: '6 4' }),
        Plot.lineY(run.course, {
          x: 'untilMs', y: point => point.serverBytes / MIB, stroke: colour('edge'), strokeWidth: 2,
          tip: { format: { x: clock, y: (mib: number) => shown(mib * MIB, 'B') } }
        }),
        ...actMarks(run, width)
      ]
    })
  })
}

export function populationCard (run: RunView): HTMLElement {
  const line = (key: 'nodesUp' | 'playing', stroke: string): Plot.Markish =>
    Plot.lineY(run.course, {
      x: 'untilMs', y: key, stroke: colour(stroke), strokeWidth: 2, curve: 'step-after'
    })
  const stalled = run.course.filter(({ newStalls }) => newStalls > 0)
  return card({
    title: 'Nodes and listeners',
    hint: stalled.length === 0 ? 'No listener stalled.' : 'A red dot: that many began to stall.',
    legend: [
      { name: 'nodes up', colour: colour('cached') }, { name: 'playing', colour: colour('peer') },
      { name: 'stalls', colour: colour('bad') }
    ],
    draw: width => Plot.plot({
      ...FRAME, width, height: 260,
      x: timeAxis(run, width),
      y: { label: 'nodes', grid: true, zero: true },
      r: { range: [0, 10] },
      marks: [
        line('nodesUp', 'cached'),
        line('playing', 'peer'),
        Plot.dot(stalled, {
          x: 'atMs', y: 0, r: 'newStalls', fill: colour('bad'), fillOpacity: 0.75,
          title: point => `${point.newStalls} stalled at ${clock(point.atMs)}`, tip: true
        }),
        ...actMarks(run, width)
      ]
    })
  })
}

export function startsCard (run: RunView): HTMLElement {
  const kinds = KINDS.filter(kind => run.starts.some(start => start.kind === kind))
  return card({
    title: 'Start-up of each play',
    hint: 'A dot is a play: when it began, and how long until it sounded.',
    legend: kinds.map(kind => ({ name: KIND_NAMES[kind], colour: colour(kind) })),
    draw: width => Plot.plot({
      ...FRAME, width, height: STARTS_PX,
      x: timeAxis(run, width),
      y: { label: 'ms', type: 'log', grid: true, tickFormat: '~s', ticks: 5 },
      marks: [
        Plot.dot(run.starts, {
          x: 'atMs', y: ({ ms }) => Math.max(1, ms), r: 2.2, fill: start => colour(start.kind),
          fillOpacity: 0.65, tip: true,
          title: ({ atMs, ms, kind, region }) =>
            `${clock(atMs)}, ${region}, ${kind}: ${shown(ms, 'ms')}`
        }),
        ...actMarks(run, width)
      ]
    })
  })
}
