/**
 * The network at a glance. in: a summary. out: elements, a figure each with what it means.
 */

import type { Summary } from '../../protocols/dashboard/index.ts'
import { element } from '../topology/element.ts'
import { count } from '../topology/words.ts'
import { colourOf, SOURCES } from './sources.ts'
import { bitrate, bytes, duration, NOTHING, percent } from './words.ts'

export function tilesOf (summary: Summary): HTMLElement[] {
  const { saved, givenBytes, originBytes, startUps, p50Ms, p95Ms, edgeHits } = summary
  const { rebuffering, stalls, stalledMs } = summary
  return [
    hitTile(summary),
    tile('saved', 'Origin bandwidth saved', percent(saved), givenBytes > 0
      ? `origins sent ${bytes(originBytes)} of ${bytes(givenBytes)} played`
      : 'nothing was played'),
    tile('start', 'Median start-up', duration(p50Ms), startUps > 0
      ? `95 % within ${duration(p95Ms)}; ${count(Math.round(startUps), 'start')}`
      : 'nobody has started'),
    tile('rebuffering', 'Rebuffering', percent(rebuffering), rebuffering === undefined
      ? 'nobody is followed playing'
      : `of listening; ${count(Math.round(stalls), 'stall')}, ${duration(stalledMs)} in all`),
    tile('bitrate', 'Average bit rate', bitrate(summary.bitrate), 'of the media given'),
    tile('edge', 'Edges had it', percent(edgeHits), edgeHits === undefined
      ? 'edges were asked for nothing'
      : 'of the bytes they were asked for')
  ]
}

function tile (id: string, title: string, figure: string, words: string): HTMLElement {
  return element('article', { className: 'card', id: `tile-${id}` },
    element('h2', {}, title), element('p', { className: 'big' }, figure),
    element('p', { className: 'hint' }, words))
}

/** The bar says the same as the words below it. */
function hitTile (summary: Summary): HTMLElement {
  const parts = SOURCES.map(({ key, name }) =>
    ({ key, name, share: summary[key] })).filter(({ share }) => share !== undefined)
  const bar = element('div', { className: 'bar', ariaHidden: 'true' }, ...parts.map(part => {
    const piece = element('span', { title: `${part.name} ${percent(part.share)}` })
    piece.style.width = `${part.share! * 100}%`
    piece.style.background = colourOf(part.key)
    return piece
  }))
  const list = element('ul', {}, ...parts.map(({ key, name, share }) => {
    const swatch = element('span', { className: 'swatch', ariaHidden: 'true' })
    swatch.style.background = colourOf(key)
    const figure = element('strong', {}, percent(share))
    const item = element('li', {}, swatch, `${name} `, figure)
    item.dataset.source = key
    return item
  }))
  return element('article', { className: 'card', id: 'tile-hits' },
    element('h2', {}, 'What listeners heard came from'),
    element('p', { className: 'big' }, summary.peer === undefined
      ? NOTHING
      : `${percent(summary.peer)} peers`),
    bar, list)
}
