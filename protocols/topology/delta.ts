/**
 * The difference between two graphs, and a graph with it applied.
 */

import type { Graph, GraphDelta, GraphLink, GraphNode } from './types.ts'

/** Undefined when nothing changed. What is the same object in both is not looked at. */
export function differenceOf (before: Graph, after: Graph): GraphDelta | undefined {
  const nodes = compare(before.nodes, after.nodes, nodeKey)
  const links = compare(before.links, after.links, linkKey)
  const gone = nodes.missing.map(({ id }) => id)
  const without = new Set(gone)
  const cut = links.missing.filter(({ a, b }) => !without.has(a) && !without.has(b))
    .map(({ a, b }): [string, string] => [a, b])
  const delta = { nodes: nodes.changed, links: links.changed, gone, cut, isWhole: after.isWhole }
  const isSame = [delta.nodes, delta.links, gone, cut].every(({ length }) => length === 0) &&
    before.isWhole === after.isWhole
  return isSame ? undefined : delta
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

function compare<T extends GraphNode | GraphLink> (
  before: T[], after: T[], keyOf: (one: T) => string
): { changed: T[], missing: T[] } {
  const [had, has] = [new Set(before), new Set(after)]
  const old = new Map(before.filter(one => !has.has(one)).map(one => [keyOf(one), one]))
  const fresh = new Map(after.filter(one => !had.has(one)).map(one => [keyOf(one), one]))
  return {
    changed: [...fresh].filter(([key, one]) => !isEqual(old.get(key), one)).map(([, one]) => one),
    missing: [...old].filter(([key]) => !fresh.has(key)).map(([, one]) => one)
  }
}

function merged<T> (old: T[], fresh: T[], keyOf: (one: T) => string): T[] {
  return [...new Map([...old, ...fresh].map(one => [keyOf(one), one])).values()]
}

/** Of flat objects. */
export function isEqual<T extends GraphNode | GraphLink> (a: T | undefined, b: T): boolean {
  if (a === b) return true
  if (a == null) return false
  const keys = Object.keys(a) as Array<keyof T>
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key])
}
