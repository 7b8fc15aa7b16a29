/**
 * The difference between two graphs, and a graph with it applied.
 */

import type { Graph, GraphDelta, GraphLink, GraphNode } from './types.ts'

/** Undefined when nothing changed. */
export function differenceOf (before: Graph, after: Graph): GraphDelta | undefined {
  const nodes = changed(before.nodes, after.nodes, nodeKey)
  const links = changed(before.links, after.links, linkKey)
  const gone = missing(before.nodes, after.nodes, nodeKey).map(({ id }) => id)
  const without = new Set(gone)
  const cut = missing(before.links, after.links, linkKey)
    .filter(({ a, b }) => !without.has(a) && !without.has(b))
    .map(({ a, b }): [string, string] => [a, b])
  const isSame = [nodes, links, gone, cut].every(({ length }) => length === 0) &&
    before.isWhole === after.isWhole
  return isSame ? undefined : { nodes, links, gone, cut, isWhole: after.isWhole }
}

export function withDelta (graph: Graph, delta: GraphDelta): Graph {
  const gone = new Set(delta.gone)
  const cut = new Set(delta.cut.map(([a, b]) => linkKey({ a, b })))
  const nodes = graph.nodes.filter(({ id }) => !gone.has(id))
  const links = graph.links.filter(link =>
    !gone.has(link.a) && !gone.has(link.b) && !cut.has(linkKey(link)))
  return {
    nodes: merged(nodes, delta.nodes, nodeKey),
    links: merged(links, delta.links, linkKey),
    isWhole: delta.isWhole
  }
}

/** Of a link, whatever its RTT. */
export const linkKey = ({ a, b }: Pick<GraphLink, 'a' | 'b'>): string => `${a} ${b}`

const nodeKey = ({ id }: GraphNode): string => id

function changed<T extends GraphNode | GraphLink> (
  before: T[], after: T[], keyOf: (one: T) => string
): T[] {
  const old = new Map(before.map(one => [keyOf(one), one]))
  return after.filter(one => !isEqual(old.get(keyOf(one)), one))
}

function missing<T> (before: T[], after: T[], keyOf: (one: T) => string): T[] {
  const kept = new Set(after.map(keyOf))
  return before.filter(one => !kept.has(keyOf(one)))
}

function merged<T> (old: T[], fresh: T[], keyOf: (one: T) => string): T[] {
  return [...new Map([...old, ...fresh].map(one => [keyOf(one), one])).values()]
}

/** Of flat objects. */
function isEqual<T extends object> (a: T | undefined, b: T): boolean {
  if (a === b) return true
  if (a == null) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof T & string>
  return [...keys].every(key => a[key] === b[key])
}
