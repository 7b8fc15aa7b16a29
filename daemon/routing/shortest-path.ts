/**
 * Shortest paths from one node to all others, by round-trip time or by number of links.
 * in: a graph of links. out: the way to each node that can be reached. Pure.
 *
 * Goes outward link by link (Bellman–Ford over what improved last), since a relayed request may
 * pass few links only: the fastest path within so many is another one than the fastest of all.
 */

export type Metric = 'rtt' | 'hops'

/** Links count in the direction in which they are told. */
export interface Graph<Id> {
  linksOf (node: Id): Iterable<readonly [Id, number]>
}

/** A way from the start to `node`: the last link, and the way before it. */
export interface Path<Id> {
  node: Id
  previous: Path<Id> | undefined
  rttMs: number
  /** Links passed. */
  hops: number
}

export interface PathOptions {
  /** Links a path may pass; as many as there are. */
  maxHops?: number
}

/**
 * Of two paths that are as good by `by`, the one that is better by the other measure. The start is
 * reached by a path of no links.
 */
export function shortestPaths<Id> (
  graph: Graph<Id>, from: Id, by: Metric, { maxHops = Infinity }: PathOptions = {}
): Map<Id, Path<Id>> {
  const best = new Map<Id, Path<Id>>()
  let edge = new Map<Id, Path<Id>>([[from, { node: from, previous: undefined, rttMs: 0, hops: 0 }]])
  for (const [id, path] of edge) best.set(id, path)
  for (let hops = 1; hops <= maxHops && edge.size > 0; hops++) {
    const next = new Map<Id, Path<Id>>()
    for (const previous of edge.values()) {
      for (const [node, linkMs] of graph.linksOf(previous.node)) {
        const rttMs = previous.rttMs + linkMs
        const known = best.get(node)
        if (known != null && !isBetter(rttMs, hops, known, by)) continue
        const path = { node, previous, rttMs, hops }
        best.set(node, path)
        next.set(node, path)
      }
    }
    edge = next
  }
  return best
}

/** What was found with fewer links is not undone for as good a path with more. */
function isBetter<Id> (rttMs: number, hops: number, known: Path<Id>, by: Metric): boolean {
  return rttMs < known.rttMs && (by === 'rtt' || hops === known.hops)
}

/** The nodes on the way, without the start, the last included. */
export function nodesOf<Id> (path: Path<Id>): Id[] {
  const nodes: Id[] = []
  for (let at = path; at.previous != null; at = at.previous) nodes.unshift(at.node)
  return nodes
}
