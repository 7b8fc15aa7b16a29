/**
 * Who sent to whom: between regions, and node by node.
 */

import * as Plot from '@observablehq/plot'
import { shown } from '../../run-figures.ts'
import type { RunView } from '../view.ts'
import { card } from './card.ts'
import { FRAME } from './frame.ts'
import { colour, regionColour, regionEntries, regionsOf, SYMBOLS } from './palette.ts'
import { type Placed, placed } from './placed.ts'

const MOST_WIDTH = 5
const NARROW_PX = 600
const SERVERS = ['edges', 'origin']

interface Line { from: Placed, to: Placed, bytes: number }

export function crossingsCard ({ crossings }: RunView): HTMLElement {
  const places = [...new Set(crossings.flatMap(({ from, to }) => [from, to]))]
    .sort((a, b) => SERVERS.indexOf(a) - SERVERS.indexOf(b) || (a < b ? -1 : 1))
  const most = Math.max(...crossings.map(({ bytes }) => bytes))
  const receivers = places.filter(place => crossings.some(({ to }) => to === place))
  const senders = places.filter(place => crossings.some(({ from }) => from === place))
  return card({
    title: 'Between regions',
    hint: 'From the left to the top. Bytes that stay within a region are on the diagonal.',
    draw: width => Plot.plot({
      ...FRAME, width, height: 36 + 46 * senders.length, marginTop: 30, marginBottom: 6,
      x: { label: null, axis: 'top', domain: receivers, padding: 0.05 },
      y: { label: null, domain: senders, padding: 0.05 },
      marks: [
        Plot.cell(crossings, {
          x: 'to', y: 'from', rx: 4, fillOpacity: ({ bytes }) => 0.08 + 0.6 * bytes / most,
          fill: ({ from }) => colour(
            from === 'edges' ? 'edge' : from === 'origin' ? 'origin' : 'peer')
        }),
        Plot.text(crossings, { x: 'to', y: 'from', text: ({ bytes }) => shown(bytes, 'B') })
      ]
    })
  })
}

export function graphCard (run: RunView): HTMLElement {
  const { nodes, flows } = run.graph
  const regions = regionsOf(nodes)
  const most = Math.max(...flows.map(({ bytes }) => bytes))
  return card({
    title: 'The network and its traffic',
    hint: `The ${shown(flows.length, '')} largest flows; the wider, the more bytes. ` +
      'Square: edge, triangle: origin, hollow: gone in the end. The larger, the more it sent.',
    size: 'wide',
    legend: [
      ...regionEntries(regions),
      { name: 'sent by an edge', colour: colour('edge') },
      { name: 'sent by the origin', colour: colour('origin') }
    ],
    draw: width => {
      const height = Math.min(720, Math.max(420, width * 0.62))
      const places = placed(run.graph, width, height)
      const lines = flows.map(({ from, to, bytes }) =>
        ({ from: places[from]!, to: places[to]!, bytes })).toSorted((a, b) => a.bytes - b.bytes)
      return Plot.plot({
        style: FRAME.style, width, height, margin: 16,
        x: { axis: null, domain: [0, width] },
        y: { axis: null, domain: [height, 0] },
        r: { range: [2, width < NARROW_PX ? 7 : 11] },
        marks: [flowMark(lines, most), ...nodeMarks(places, regions)]
      })
    }
  })
}

const flowMark = (lines: Line[], most: number): Plot.Markish => Plot.link(lines, {
  x1: ({ from }) => from.x, y1: ({ from }) => from.y,
  x2: ({ to }) => to.x, y2: ({ to }) => to.y,
  stroke: ({ from }) => colour(from.role === 'peer' ? 'quiet' : from.role),
  strokeWidth: ({ bytes }) => 0.4 + MOST_WIDTH * bytes / most,
  strokeOpacity: ({ bytes }) => 0.12 + 0.5 * bytes / most
})

function nodeMarks (nodes: Placed[], regions: string[]): Plot.Markish[] {
  const names = regions.map(region => {
    const own = nodes.filter(node => node.region === region)
    return {
      region,
      x: own.reduce((sum, { x }) => sum + x, 0) / own.length,
      y: Math.min(...own.map(({ y }) => y))
    }
  })
  return [
    Plot.dot(nodes, {
      x: 'x', y: 'y', r: ({ sentBytes }) => Math.sqrt(Math.max(0, sentBytes)),
      symbol: (node: Placed) => SYMBOLS[node.role],
      fill: ({ isUp, region }) => isUp ? regionColour(regions, region) : colour('card'),
      stroke: ({ isUp, region }) => isUp ? colour('card') : regionColour(regions, region),
      strokeWidth: 1.2,
      title: ({ name, region, sentBytes, isUp }) =>
        `${name}, ${region}\nsent ${shown(sentBytes, 'B')}${isUp ? '' : '\ngone in the end'}`,
      tip: true
    }),
    Plot.text(names, {
      x: 'x', y: 'y', text: ({ region }) => region || 'no region', dy: -18, fontSize: 14,
      fontWeight: 650, fill: ({ region }) => regionColour(regions, region),
      stroke: colour('card'), strokeWidth: 4
    })
  ]
}
