/**
 * Who sent how much to whom. in: the record of a run. out: sums between regions, and the graph of
 * the largest flows.
 */

import type { RecordedNode, RunRecord } from '../run-record.ts'
import type { Crossing, TrafficGraph } from './view.ts'

type Traffic = Pick<RunRecord, 'nodes' | 'flows'>

const MAX_FLOWS = 700

/** Between peers of regions; servers stand apart, as a region each. */
export function crossingsOf ({ nodes, flows }: Traffic): Crossing[] {
  const places = new Map(nodes.map(node => [node.name, placeOf(node)]))
  const sums = new Map<string, Crossing>()
  for (const { from, to, bytes } of flows) {
    const [here, there] = [places.get(from), places.get(to)]
    if (here == null || there == null) continue
    const key = JSON.stringify([here, there])
    const sum = sums.get(key) ?? { from: here, to: there, bytes: 0 }
    sum.bytes += bytes
    sums.set(key, sum)
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes)
}

/** Nodes at the ends of the largest flows, and all servers. */
export function graphOf ({ nodes, flows }: Traffic): TrafficGraph {
  const byName = new Map(nodes.map(node => [node.name, node]))
  const largest = flows.filter(({ from, to }) => byName.has(from) && byName.has(to))
    .toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_FLOWS)
  const names = new Set([
    ...nodes.filter(({ role }) => role === 'origin' || role === 'edge').map(({ name }) => name),
    ...largest.flatMap(({ from, to }) => [from, to])
  ])
  const order = new Map([...names].map((name, index) => [name, index]))
  return {
    nodes: [...names].map(name => {
      const { role, region, isUp, sentBytes } = byName.get(name)!
      return { name, role, region, isUp, sentBytes }
    }),
    flows: largest.map(({ from, to, bytes }) =>
      ({ from: order.get(from)!, to: order.get(to)!, bytes }))
  }
}

const placeOf = ({ role, region }: RecordedNode): string =>
  role === 'peer' ? region : role === 'edge' ? 'edges' : role
