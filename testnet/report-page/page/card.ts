/**
 * A part of the page: a heading, how to read it, and what it shows.
 */

import { element } from './element.ts'
import { type Entry, legend } from './palette.ts'

export interface Card {
  title: string
  /** How to read it. */
  hint?: string
  /** Both columns, or two rows of one. */
  size?: 'wide' | 'tall'
  legend?: Entry[]
  /** Drawn again whenever there is another width. */
  draw?: (width: number) => Element
  below?: Node[]
}

export function card (card: Card): HTMLElement {
  const { title, hint, size, legend: entries, draw, below = [] } = card
  const made = element('section', size,
    element('h2', '', title),
    hint == null ? undefined : element('p', 'hint', hint),
    entries == null ? undefined : legend(entries),
    draw == null ? undefined : drawn(draw),
    ...below)
  made.setAttribute('aria-label', title)
  return made
}

function drawn (draw: (width: number) => Element): HTMLElement {
  const place = element('div')
  let width = 0
  new ResizeObserver(() => {
    const now = Math.floor(place.clientWidth)
    if (now === width || now === 0) return
    width = now
    place.replaceChildren(draw(width))
  }).observe(place)
  return place
}
