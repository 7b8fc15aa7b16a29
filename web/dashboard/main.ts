/**
 * The page: how the network does, live.
 * in: `/dashboard/events`, `/dashboard/availability`, `/graph/events`. out: figures, curves, a map.
 */

import type { Contributor, Figures } from '../../protocols/dashboard/index.ts'
import { summaryOf } from '../../protocols/dashboard/index.ts'
import { button, byId, element } from '../topology/element.ts'
import type { LiveState } from '../topology/feed.ts'
import { onThemeChange } from '../topology/palette.ts'
import { count, shortId } from '../topology/words.ts'
import { Charts } from './charts.ts'
import { curvesOf, HOUR_MS, lately, withStep } from './figures.ts'
import { listen } from './live.ts'
import type { SmallMap } from './map.ts'
import { tilesOf } from './tiles.ts'
import { Titles } from './titles.ts'
import { bytes } from './words.ts'

const SPANS = [
  { name: '5 min', ms: 300_000 }, { name: '15 min', ms: 900_000 }, { name: 'hour', ms: HOUR_MS }
]
const STATES: Record<LiveState, string> = {
  live: 'live', waiting: 'connection lost, trying again', asking: 'asking every 10 s'
}
const ROLES = [['peer', 'peer'], ['edge', 'edge'], ['origin', 'origin'], ['bootstrap', 'bootstrap']]

let figures: Figures | undefined
let spanMs = HOUR_MS
let map: SmallMap | undefined
const charts = new Charts(byId('charts'))
const titles = new Titles()

listen({
  figures: all => {
    figures = all
    show()
  },
  step: delta => {
    if (figures == null) return
    figures = withStep(figures, delta)
    show()
  },
  state: state => {
    byId('live').dataset.state = state
    byId('live').textContent = STATES[state]
  }
})

function show (): void {
  if (figures == null) return
  showCounts(figures)
  showTiles(figures)
  charts.show(curvesOf(figures))
  titles.show(figures.titles)
  showTop(figures.top)
}

function showCounts (all: Figures): void {
  const { steps, isWhole } = all
  const last = steps.at(-1)
  if (last == null) return
  const parts = ROLES.map(([role, name]): [number, string] =>
    [last.nodes[role as keyof typeof last.nodes], name!])
    .filter(([some]) => some > 0).map(([some, name]) => count(some, name))
  const part = isWhole ? '' : ', a part of the network'
  const { cut: most } = summaryOf(lately(all, SPANS[0]!.ms))
  const cut = most > 0 ? `, ${most} beyond belief and cut back` : ''
  byId('counts').textContent =
    `${parts.join(', ') || 'no nodes'}${part}; ${last.reporting} report${cut}`
}

function showTiles (all: Figures): void {
  byId('tiles').replaceChildren(...tilesOf(summaryOf(lately(all, spanMs))))
}

function showTop (top: readonly Contributor[]): void {
  const most = Math.max(1, ...top.map(({ uploadedBytes }) => uploadedBytes))
  byId('top').replaceChildren(...top.map(({ id, region, uploadedBytes, fetchedBytes }) => {
    const gave = element('td', { className: 'number share' }, bytes(uploadedBytes))
    gave.style.setProperty('--share', `${uploadedBytes / most * 100}%`)
    return element('tr', {},
      element('th', { scope: 'row', className: 'id', title: id }, shortId(id)),
      element('td', {}, region || 'none'), gave,
      element('td', { className: 'number' }, bytes(fetchedBytes)))
  }))
  if (top.length > 0) return
  byId('top').append(element('tr', {},
    element('td', { colSpan: 4, className: 'hint' }, 'Nobody has given anything yet.')))
}

const spans = SPANS.map(({ name, ms }) => {
  const one = button(() => {
    spanMs = ms
    for (const [i, other] of spans.entries()) {
      other.setAttribute('aria-pressed', String(SPANS[i]!.ms === ms))
    }
    if (figures != null) showTiles(figures)
  }, name)
  one.setAttribute('aria-pressed', String(ms === spanMs))
  return one
})
byId('spans').append(...spans)

onThemeChange(() => {
  show()
  charts.repaint()
  titles.repaint()
  map?.repaint()
})

void import('./map.ts').then(({ drawMap }) => { map = drawMap() })
