/**
 * News of the graph as server-sent events.
 *
 *   event: graph   data: the graph           at the start
 *   event: delta   data: what has changed    see protocols/topology
 *   :              a comment, when there was nothing else to say for 15 s
 */

import { differenceOf, type Graph } from '../../protocols/topology/index.ts'
import { encodedJson } from '../encoded-json.ts'
import { EventFeed, type EventFeedComponents, type EventFeedInit } from '../event-feed.ts'
import type { Topology } from './topology.ts'

export interface GraphFeedComponents
  extends Pick<EventFeedComponents<Graph>, 'clock' | 'timer' | 'log'> {
  topology: Pick<Topology, 'graph'>
}

const REFUSAL = 'as many listen to the graph as this node takes: ask GET /graph'

export class GraphFeed extends EventFeed<Graph> {
  constructor ({ topology, ...ambient }: GraphFeedComponents, init: EventFeedInit = {}) {
    super({
      ...ambient,
      look: () => topology.graph(),
      whole: graph => ({ event: 'graph', data: encodedJson(graph).json }),
      news: (before, after) => {
        const delta = differenceOf(before, after)
        return delta && { event: 'delta', data: JSON.stringify(delta) }
      }
    }, { refusal: REFUSAL, ...init })
  }
}
