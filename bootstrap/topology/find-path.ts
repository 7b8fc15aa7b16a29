/**
 * The fastest way between two nodes of a graph. Pure.
 *
 * A link counts when both ends report it, at the larger RTT. What only one end reports counts for
 * that end's own ways: nobody attracts the ways of others by claiming to be near to everybody.
 */

import { nodesOf, shortestPaths } from '../../daemon/routing/index.ts'
import { PeerNotFoundError } from '../../protocols/errors.ts'
import type { Graph, GraphLink, GraphPath } from '../../protocols/topology/index.ts'
import { isBothSided } from './graph.ts'

/** @throws PeerNotFoundError for a node that is not in the graph, or is not to be reached */
export function findPath (graph: Graph, from: string, to: string): GraphPath {
  const nodes = new Map(graph.nodes.map(node => [node.id, node]))
  for (const id of [from, to]) {
    if (!nodes.has(id)) throw new PeerNotFoundError(`no node ${id} is registered here`)
  }
  const links = linksFor(graph, from, to)
  const way = shortestPaths({ linksOf: id => links.get(id) ?? [] }, from, 'rtt').get(to)
  if (way == null) {
    throw new PeerNotFoundError(`no links that both ends report lead from ${from} to ${to}`)
  }
  const stops = [from, ...nodesOf(way)]
  const path = stops.map((id, i) => {
    const { role, region } = nodes.get(id)!
    return { id, role, region, rttMs: i === 0 ? 0 : links.get(stops[i - 1]!)!.get(id)! }
  })
  return { from, to, hops: way.hops, rttMs: way.rttMs, path }
}

function linksFor (graph: Graph, from: string, to: string): Map<string, Map<string, number>> {
  const links = new Map<string, Map<string, number>>()
  const add = (a: string, b: string, rttMs: number): void => {
    links.set(a, (links.get(a) ?? new Map<string, number>()).set(b, rttMs))
  }
  for (const link of graph.links) {
    const { a, b, rttMs } = link
    const reporter = isBothSided(link) ? undefined : reporterOf(link)
    if (reporter == null || reporter === from || reporter === to) {
      add(a, b, rttMs)
      add(b, a, rttMs)
    }
  }
  return links
}

const reporterOf = ({ a, b, aMs }: GraphLink): string => aMs != null ? a : b
