/**
 * What the bootstrap tells. in: nothing. out: figures as they change; answers to questions.
 */

import type { Availability, Figures, FiguresDelta } from '../../protocols/dashboard/index.ts'

export type LiveState = 'live' | 'waiting' | 'asking'

export interface LiveListener {
  figures (figures: Figures): void
  step (delta: FiguresDelta): void
  state (state: LiveState): void
}

/** Relative to the page, which may lie behind a proxy's path. */
const EVENTS = 'dashboard/events'
const FIGURES = 'dashboard/figures'
const AVAILABILITY = 'dashboard/availability'
const ASK_AGAIN_MS = 15_000

export function listen (listener: LiveListener): void {
  const events = new EventSource(EVENTS)
  events.addEventListener('figures', ({ data }) => {
    listener.state('live')
    listener.figures(JSON.parse(data))
  })
  events.addEventListener('step', ({ data }) => { listener.step(JSON.parse(data)) })
  events.addEventListener('error', () => {
    if (events.readyState !== EventSource.CLOSED) {
      listener.state('waiting')
      return
    }
    // Refused, as too many listen: browsers do not come back by themselves then.
    void askForAll(listener).finally(() => { setTimeout(() => { listen(listener) }, ASK_AGAIN_MS) })
  })
}

/** @throws with the bootstrap's own words */
export async function availabilityOf (content: string, rendition: string): Promise<Availability> {
  const query = new URLSearchParams({ content, ...(rendition !== '' && { rendition }) })
  return await ask(`${AVAILABILITY}?${query}`)
}

async function askForAll (listener: LiveListener): Promise<void> {
  try {
    listener.figures(await ask(FIGURES))
    listener.state('asking')
  } catch {
    // The next question may be answered.
    listener.state('waiting')
  }
}

async function ask<T> (url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_AGAIN_MS) })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.message)
  return body
}
