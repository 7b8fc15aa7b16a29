/**
 * A scene of three nodes: a – b – c, the last an edge elsewhere.
 */

import type { GraphDelta, GraphLink, GraphNode } from '../../../protocols/topology/index.ts'
import { Scene } from '../../../web/topology/scene.ts'

export const node = (id: string, overrides: Partial<GraphNode> = {}): GraphNode =>
  ({ id, role: 'peer', region: 'eu', titles: 0, ...overrides })
export const link = (a: string, b: string, rttMs = 5): GraphLink =>
  ({ a, b, rttMs, aMs: rttMs, bMs: rttMs })
export const NOTHING: GraphDelta = { nodes: [], links: [], gone: [], cut: [], isWhole: true }

export const sceneOf = (): Scene => {
  const scene = new Scene()
  scene.replace({
    nodes: [node('a'), node('b'), node('c', { region: 'us', role: 'edge', http: 'http://c' })],
    links: [link('a', 'b'), link('b', 'c', 50)],
    isWhole: true
  })
  return scene
}
