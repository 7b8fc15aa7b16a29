/**
 * The graph that nodes' records make. Pure.
 * in: records, and the graph before. out: nodes without addresses, and links between them.
 *
 * An RTT that moved by less than a tenth stays what it was: else everything would be news.
 */

import {
  type Graph, type GraphLink, type GraphNode, linkKey
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
  const nodes = shown.map(nodeOf).toSorted((x, y) => x.id < y.id ? -1 : 1)
  const links = linksOf(shown, before)
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

function linksOf (tracked: readonly CountedNode[], before?: Graph): GraphLink[] {
  const ids = new Set(tracked.map(({ record }) => record.peer.toString()))
  const known = new Map(before?.links.map(link => [linkKey(link), link]))
  const links = new Map<string, Omit<GraphLink, 'rttMs'>>()
  for (const { record } of tracked) {
    const from = record.peer.toString()
    for (const { peer: to, rttMs } of record.rtts) {
      if (to === from || !ids.has(to)) continue
      const isA = from < to
      const link = isA ? { a: from, b: to } : { a: to, b: from }
      const key = linkKey(link)
      const old = known.get(key)
      const side = isA ? { aMs: steady(rttMs, old?.aMs) } : { bMs: steady(rttMs, old?.bMs) }
      links.set(key, { ...links.get(key), ...link, ...side })
    }
  }
  return [...links.values()].map(link => (
    { ...link, rttMs: Math.max(link.aMs ?? 0, link.bMs ?? 0) }))
}

function steady (nowMs: number, beforeMs = Number.NaN): number {
  const slackMs = Math.max(STEADY_MS, beforeMs * STEADY_SHARE)
  return Math.abs(nowMs - beforeMs) <= slackMs ? beforeMs : Math.round(nowMs * 10) / 10
}

const byWorth = (x: GraphLink, y: GraphLink): number =>
  Number(isBothSided(y)) - Number(isBothSided(x)) || x.rttMs - y.rttMs
