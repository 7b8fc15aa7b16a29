/**
 * What the bootstrap tells. in: nothing. out: figures as they change; answers to questions.
 */

import type { Availability, Figures, FiguresDelta } from '../../protocols/dashboard/index.ts'
import { ask, type FeedUrls, follow, type LiveState } from '../topology/feed.ts'

export interface LiveListener {
  figures (figures: Figures): void
  step (delta: FiguresDelta): void
  state (state: LiveState): void
}

/** Relative to the page, which may lie behind a proxy's path. */
const URLS: FeedUrls = { events: 'dashboard/events', whole: 'dashboard/figures' }
const AVAILABILITY = 'dashboard/availability'

export function listen (listener: LiveListener): void {
  follow<Figures>(URLS, {
    name: 'figures',
    whole: figures => { listener.figures(figures) },
    news: { step: data => { listener.step(JSON.parse(data)) } },
    state: state => { listener.state(state) }
  })
}

/** @throws with the bootstrap's own words */
export async function availabilityOf (content: string, rendition: string): Promise<Availability> {
  const query = new URLSearchParams({ content, ...(rendition !== '' && { rendition }) })
  return await ask(`${AVAILABILITY}?${query}`)
}
