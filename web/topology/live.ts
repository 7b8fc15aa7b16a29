/**
 * The graph as the bootstrap tells it.
 * in: nothing. out: the whole graph, then deltas as they happen; answers to questions.
 */

import type { Graph, GraphDelta, GraphPath } from '../../protocols/topology/index.ts'
import { ask, type FeedUrls, follow, type LiveState } from './feed.ts'

export interface LiveListener {
  graph (graph: Graph): void
  delta (delta: GraphDelta): void
  state (state: LiveState): void
}

/** Relative to the page, which may lie behind a proxy's path. */
const GRAPH = '../graph'
const URLS: FeedUrls = { events: './events', whole: GRAPH }
const PATH = '../path'

export function listen (listener: LiveListener, urls = URLS): void {
  follow<Graph>(urls, {
    name: 'graph',
    whole: graph => { listener.graph(graph) },
    news: { delta: data => { listener.delta(JSON.parse(data)) } },
    state: state => { listener.state(state) }
  })
}

/** The peer IDs that hold some of the title. @throws with the bootstrap's own words */
export async function holdersOf (content: string): Promise<Set<string>> {
  const graph: Graph = await ask(`${GRAPH}?content=${encodeURIComponent(content)}`)
  return new Set(graph.nodes.filter(({ holds }) => holds).map(({ id }) => id))
}

/** @throws with the bootstrap's own words */
export async function pathBetween (from: string, to: string): Promise<GraphPath> {
  return await ask(`${PATH}?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`)
}
