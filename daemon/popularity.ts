/**
 * How a node learns what is popular, and keeps it.
 * in: the node's base and parts. out: who counts plays, who keeps the titles at the top, and who
 * asks the network what is wanted, where the node keeps titles for others.
 */

import { systemTimer } from '../protocols/clock.ts'
import { contentIdIn } from '../protocols/content/index.ts'
import type { Exchange, Inventory } from '../protocols/exchange/index.ts'
import { sha256 } from '../protocols/sha256.ts'
import type { Delivery } from './delivery.ts'
import { DemandSurvey, type DemandSurveyComponents } from './demand-survey.ts'
import type { PlayCounter } from './http/play-counting.ts'
import type { Meeting } from './meeting.ts'
import type { NodeBase } from './node.ts'
import type { Plays } from './plays.ts'
import { Popular } from './popular.ts'
import { SegmentQuota } from './segment-quota.ts'

export interface Popularity { counter: PlayCounter, popular: Popular }

export function popularityParts (
  { config, plays, store, log }: NodeBase, { retrieval }: Delivery
): Popularity {
  const ambient = { clock: Date.now, timer: systemTimer }
  return {
    counter: new SegmentQuota({ plays, store, log: log('store') }, config.store),
    popular: new Popular({
      plays, retrieval, store, sha256, log: log('popular'), ...ambient
    }, config.popular)
  }
}

/** The inventory, and a play for each neighbour who wants to hear what we hold of a title. */
export function hearingInterest (own: Inventory, plays: Pick<Plays, 'interest'>): Inventory {
  const { pending } = own
  return {
    events: own.events,
    get: (cid, options) => own.get(cid, options),
    holdings: content => {
      plays.interest(content)
      return own.holdings(content)
    },
    ...(pending != null && { pending: content => pending.call(own, content) })
  }
}

/** For a peer that fetches what others play: a listener's own node minds its own plays. */
export function surveyOf (
  { config, plays, host, log }: NodeBase, { trackers }: Meeting,
  titles: DemandSurveyComponents['titles']
): DemandSurvey | undefined {
  if (config.role !== 'peer' || config.popular.prefetchTop === 0) return undefined
  return new DemandSurvey({
    titles,
    plays,
    timer: systemTimer,
    log: log('survey'),
    holders: async (content, options) => {
      const found = await Promise.any(trackers.map(tracker => tracker.lookup(content, options)))
      const others = found.filter(({ record: { peer, role } }) =>
        role === 'peer' && !peer.equals(host.peerId))
      return others.length
    }
  })
}

/** How many neighbours hold something of a title, asked by the name the store knows it by. */
export function holdersAmong (
  exchange: Pick<Exchange, 'neighbours'>
): (title: string) => number | undefined {
  return title => {
    const content = contentIdIn(title.split('/', 1)[0]!) // Of `<content ID>/<rendition>`.
    if (content == null) return undefined
    return [...exchange.neighbours()].filter(neighbour => neighbour.holdsAny(content)).length
  }
}
