/**
 * The graph that nodes' records make. Pure.
 * in: records, and the graph before. out: nodes without addresses, and links between them.
 *
 * An RTT that moved by less than a tenth stays what it was: else everything would be news. What
 * stays equal stays the same object.
 */

import {
  type Graph, type GraphLink, type GraphNode, isEqual
} from '../../protocols/topology/index.ts'
import type { CountedNode } from '../store.ts'

export interface GraphBounds {
  maxNodes: number
  /** Past it the links measured at both ends come first, then the shorter ones. */
  maxLinks: number
}

/** Of an RTT, and at least {@link STEADY_MS}. */
const STEADY_SHARE = 0.1
const STEADY_MS = 1

/** `tracked` may have more nodes than the graph: then it is not whole. */
export function graphOf (
  tracked: readonly CountedNode[], { maxNodes, maxLinks }: GraphBounds, before?: Graph
): Graph {
  const shown = tracked.slice(0, maxNodes)
  const known = new Map(before?.nodes.map(node => [node.id, node]))
  const nodes = shown.map(nodeOf).map(node => kept(known.get(node.id), node))
    .toSorted((x, y) => x.id < y.id ? -1 : 1)
  const links = linksOf(shown, nodes, before?.links ?? [])
  return {
    nodes,
    links: links.length <= maxLinks ? links : links.toSorted(byWorth).slice(0, maxLinks),
    isWhole: tracked.length <= maxNodes && links.length <= maxLinks
  }
}

export const isBothSided = ({ aMs, bMs }: GraphLink): boolean => aMs != null && bMs != null

function nodeOf ({ record, titles }: CountedNode): GraphNode {
  const { peer, role, region, http, load } = record
  return {
    id: peer.toString(),
    role,
    region,
    titles,
    ...(http != null && { http }),
    ...(load != null && { load: Math.round(load * 20) / 20 })
  }
}

/** Nodes are numbered in their order, and so are links: numbers are quicker to look up than IDs. */
function linksOf (
  tracked: readonly CountedNode[], nodes: readonly GraphNode[], before: readonly GraphLink[]
): GraphLink[] {
  const numbers = new Map(nodes.map(({ id }, i) => [id, i]))
  const keyOf = (one: number, other: number): number =>
    Math.min(one, other) * nodes.length + Math.max(one, other)
  const known = new Map(before.flatMap(link => {
    const [a, b] = [numbers.get(link.a), numbers.get(link.b)]
    return a == null || b == null ? [] : [[keyOf(a, b), link]]
  }))
  const sides = new Map<number, Pick<GraphLink, 'aMs' | 'bMs'>>()
  for (const { record } of tracked) {
    const from = numbers.get(record.peer.toString())!
    for (const { peer, rttMs } of record.rtts) {
      const to = numbers.get(peer)
      if (to == null || to === from) continue
      const key = keyOf(from, to)
      const end = from < to ? 'aMs' : 'bMs'
      sides.set(key, { ...sides.get(key), [end]: steady(rttMs, known.get(key)?.[end]) })
    }
  }
  return [...sides].map(([key, side]) => kept(known.get(key), {
    a: nodes[Math.floor(key / nodes.length)]!.id,
    b: nodes[key % nodes.length]!.id,
    ...side,
    rttMs: Math.max(side.aMs ?? 0, side.bMs ?? 0)
  }))
}

const kept = <T extends GraphNode | GraphLink> (before: T | undefined, now: T): T =>
  before != null && isEqual(before, now) ? before : now

function steady (nowMs: number, beforeMs = Number.NaN): number {
  const slackMs = Math.max(STEADY_MS, beforeMs * STEADY_SHARE)
  return Math.abs(nowMs - beforeMs) <= slackMs ? beforeMs : Math.round(nowMs * 10) / 10
}

const byWorth = (x: GraphLink, y: GraphLink): number =>
  Number(isBothSided(y)) - Number(isBothSided(x)) || x.rttMs - y.rttMs
