/**
 * Where nodes are drawn: each region in a place of its own, those that exchange much side by side.
 * in: the graph, the room there is. out: nodes with places; the same for the same graph and room.
 */

import {
  forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY
} from 'd3-force'
import type { TrafficGraph } from '../view.ts'
import { regionsOf } from './palette.ts'

export interface Placed extends Readonly<TrafficGraph['nodes'][number]> { x: number, y: number }

const STEPS = 200
/** Region by region, before the pull of flows. */
const PULL = 0.12
const EDGE_PX = 30

export function placed (graph: TrafficGraph, width: number, height: number): Placed[] {
  const centres = centresOf(regionsOf(graph.nodes), width, height)
  const nodes = graph.nodes.map(node => ({ ...node, ...centres.get(node.region)! }))
  const links = graph.flows.map(({ from, to }) => ({ source: from, target: to }))
  const room = Math.sqrt(width * height / Math.max(1, nodes.length)) * 0.3
  forceSimulation(nodes)
    .force('x', forceX<Placed>(({ region }) => centres.get(region)!.x).strength(PULL))
    .force('y', forceY<Placed>(({ region }) => centres.get(region)!.y).strength(PULL))
    .force('apart', forceManyBody().strength(-room * 0.8).distanceMax(room * 8))
    .force('collide', forceCollide(Math.min(14, room)))
    .force('flows', forceLink(links).strength(0.003))
    .stop()
    .tick(STEPS)
  return spread(nodes, width, height)
}

/** Over all the room there is. */
function spread (nodes: Placed[], width: number, height: number): Placed[] {
  const along = (key: 'x' | 'y', size: number) => {
    const values = nodes.map(node => node[key])
    const [least, most] = [Math.min(...values), Math.max(...values)]
    return (value: number): number => most === least
      ? size / 2
      : EDGE_PX + (value - least) / (most - least) * (size - 2 * EDGE_PX)
  }
  const [across, down] = [along('x', width), along('y', height)]
  return nodes.map(node => ({ ...node, x: across(node.x), y: down(node.y) }))
}

/** On an ellipse; a single one in the middle. */
function centresOf (
  regions: string[], width: number, height: number
): Map<string, { x: number, y: number }> {
  const radius = regions.length === 1 ? 0 : 0.29
  return new Map(regions.map((region, i) => {
    const turn = 2 * Math.PI * (i + 0.5) / regions.length
    return [region, {
      x: width * (0.5 + radius * Math.cos(turn)), y: height * (0.5 + radius * Math.sin(turn))
    }]
  }))
}
