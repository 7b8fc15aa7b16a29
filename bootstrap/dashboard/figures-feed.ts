/**
 * News of the figures as server-sent events.
 *
 *   event: figures   data: all of them, with the history   at the start, or after a gap
 *   event: step      data: the next step, and what else is as of now
 */

import type { Figures, FiguresDelta } from '../../protocols/dashboard/index.ts'
import { encodedJson } from '../encoded-json.ts'
import {
  EventFeed, type EventFeedComponents, type EventFeedInit, type ServerSentEvent
} from '../event-feed.ts'
import type { Dashboard } from './dashboard.ts'

export interface FiguresFeedComponents
  extends Pick<EventFeedComponents<Figures>, 'clock' | 'timer' | 'log'> {
  dashboard: Pick<Dashboard, 'figures'>
}

const REFUSAL = 'as many watch the dashboard as this node takes: ask GET /dashboard/figures'

export class FiguresFeed extends EventFeed<Figures> {
  constructor ({ dashboard, ...ambient }: FiguresFeedComponents, init: EventFeedInit = {}) {
    super({
      ...ambient,
      look: async () => dashboard.figures(),
      whole,
      news: (before, after) => {
        const delta = nextStep(before, after)
        return delta == null
          ? whole(after)
          : { event: 'step', data: JSON.stringify(delta) }
      }
    }, { refusal: REFUSAL, ...init })
  }
}

const whole = (figures: Figures): ServerSentEvent =>
  ({ event: 'figures', data: encodedJson(figures).json })

/** Undefined when more than one step lies between. */
function nextStep (before: Figures, { steps, top, titles, isWhole }: Figures):
  FiguresDelta | undefined {
  const step = steps.at(-1)
  const follows = step != null && steps.at(-2) === before.steps.at(-1)
  return follows ? { step, top, titles, isWhole } : undefined
}
