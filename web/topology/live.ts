/**
 * The graph as the bootstrap tells it.
 * in: nothing. out: the whole graph, then deltas as they happen; where events are not to be had,
 * the whole graph again and again.
 */

import type { Graph, GraphDelta, GraphPath } from '../../protocols/topology/index.ts'

export type LiveState = 'live' | 'waiting' | 'asking'

export interface LiveListener {
  graph (graph: Graph): void
  delta (delta: GraphDelta): void
  state (state: LiveState): void
}

/** Relative to the page, which may lie behind a proxy's path. */
export interface GraphUrls { events: string, graph: string }
const GRAPH = '../graph'
const URLS: GraphUrls = { events: './events', graph: GRAPH }
const PATH = '../path'
const ASK_AGAIN_MS = 10_000

export function listen (listener: LiveListener, urls = URLS): void {
  const events = new EventSource(urls.events)
  events.addEventListener('graph', ({ data }) => {
    listener.state('live')
    listener.graph(JSON.parse(data))
  })
  events.addEventListener('delta', ({ data }) => { listener.delta(JSON.parse(data)) })
  events.addEventListener('error', () => {
    if (events.readyState !== EventSource.CLOSED) {
      listener.state('waiting')
      return
    }
    // Refused, as too many listen: browsers do not come back by themselves then.
    void askForAll(listener, urls.graph).finally(() => {
      setTimeout(() => { listen(listener, urls) }, ASK_AGAIN_MS)
    })
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

async function askForAll (listener: LiveListener, url: string): Promise<void> {
  try {
    listener.graph(await ask(url))
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
