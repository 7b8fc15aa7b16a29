/**
 * Who did the work, and who holds what in the end.
 */

import * as Plot from '@observablehq/plot'
import { shown } from '../../run-figures.ts'
import type { RunView, Spread } from '../view.ts'
import { card } from './card.ts'
import { table } from './element.ts'
import { FRAME, LABEL_BELOW, ROOM_BELOW } from './frame.ts'
import { colour, regionColour, regionEntries, regionsOf } from './palette.ts'

const MIB = 1024 * 1024
const ROW_PX = 15

export function rolesCard ({ roles }: RunView): HTMLElement {
  const right = (name: string) => ({ name, isNumber: true })
  const bars = roles.flatMap(({ role, sentBytes, fetchedBytes }) => [
    { role, what: 'sent', mib: sentBytes.sum / MIB },
    { role, what: 'fetched', mib: fetchedBytes.sum / MIB }
  ])
  return card({
    title: 'Load by role',
    hint: 'All nodes of a role together; below, of one node: the middle one … the busiest.',
    legend: [
      { name: 'sent', colour: colour('peer') }, { name: 'fetched', colour: colour('local') }
    ],
    draw: width => Plot.plot({
      ...FRAME, ...ROOM_BELOW, width, height: 70 + 40 * roles.length, marginTop: 6,
      x: { ...LABEL_BELOW, label: 'MiB', grid: true },
      y: { axis: null, domain: ['sent', 'fetched'], padding: 0.1 },
      fy: { label: null, domain: roles.map(({ role }) => role), padding: 0.2 },
      marks: [
        Plot.axisFy({ anchor: 'left' }),
        Plot.barX(bars, {
          x: 'mib', y: 'what', fy: 'role',
          fill: bar => colour(bar.what === 'sent' ? 'peer' : 'local'),
          title: bar => `${bar.role}: ${bar.what} ${shown(bar.mib * MIB, 'B')}`, tip: true
        })
      ]
    }),
    below: [table(
      [{ name: '' }, right('nodes'), right('sent'), right('memory'), right('processor')],
      roles.map(({ role, nodes, sentBytes, pssBytes, cpuSeconds }) => [
        role, shown(nodes, ''), range(sentBytes, 'B'), range(pssBytes, 'B'),
        range(cpuSeconds, 's')
      ]))]
  })
}

function range (spread: Spread | undefined, unit: string): string {
  if (spread == null) return '–'
  const ends = [shown(spread.p50, unit), shown(spread.most, unit)]
  return [...new Set(ends)].join(' … ')
}

export function uploadersCard ({ uploaders, graph }: RunView): HTMLElement {
  const regions = regionsOf(graph.nodes)
  return card({
    title: 'Top uploaders',
    hint: 'Listeners that sent most to others.',
    legend: regionEntries(regions),
    draw: width => Plot.plot({
      ...FRAME, width, marginLeft: 84, marginRight: 64, marginTop: 4, marginBottom: 4,
      height: 8 + 24 * uploaders.length,
      x: { axis: null },
      y: { label: null, domain: uploaders.map(({ name }) => name) },
      marks: [
        Plot.barX(uploaders, {
          x: 'bytes', y: 'name', fill: ({ region }) => regionColour(regions, region), rx: 2
        }),
        Plot.text(uploaders, {
          x: 'bytes', y: 'name', text: ({ bytes }) => shown(bytes, 'B'), textAnchor: 'start', dx: 6
        })
      ]
    })
  })
}

export function holdingsCard ({ holdings }: RunView): HTMLElement {
  const { columns, titles, cells } = holdings
  const regions = regionsOf(columns)
  const stretches = regions.map(region => ({
    region,
    from: columns.findIndex(column => column.region === region),
    to: columns.findLastIndex(column => column.region === region) + 1
  }))
  return card({
    title: 'Who holds what in the end',
    hint: 'Across: nodes by region, servers first. Down: titles, those that most hold first. ' +
      'The stronger the colour, the more of the title.',
    size: 'wide',
    draw: width => Plot.plot({
      ...FRAME, width, height: 32 + ROW_PX * titles.length, marginLeft: 84, marginBottom: 6,
      x: { axis: null, domain: [0, columns.length] },
      y: { label: null, domain: titles, padding: 0.08 },
      marks: [
        Plot.barX(cells, {
          x1: 'column', x2: ({ column }) => column + 1, y: ({ title }) => titles[title],
          fill: ({ column }) => regionColour(regions, columns[column]!.region),
          fillOpacity: ({ held }) => 0.12 + 0.88 * held, insetLeft: 0.3, insetRight: 0.3,
          title: ({ column, title, held }) =>
            `${columns[column]!.name} holds ${shown(held * 100, '%')} of ${titles[title]}`,
          tip: true
        }),
        Plot.ruleX(stretches.slice(1), { x: 'from', stroke: colour('quiet') }),
        Plot.text(stretches, {
          x: ({ from, to }) => (from + to) / 2, text: ({ region }) => region || 'no region',
          fill: ({ region }) => regionColour(regions, region), frameAnchor: 'top', dy: -16,
          fontWeight: 600, fontSize: 13
        })
      ]
    })
  })
}
