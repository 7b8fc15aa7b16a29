/**
 * Where nodes go: each region in a place of its own, the near drawn together within it.
 * in: the scene's regions. out: forces for the layout, and where a newcomer begins.
 */

import type { LinkView, NodeView, Region } from './scene.ts'

/** A circle. */
export interface Place { x: number, y: number, radius: number }

/** A force as d3 calls it at every step of the layout. */
export type Force = (alpha: number) => void

/** What a node takes of its region's area, as a radius. */
const NODE_ROOM = 9
/** Between regions, as a share of their radius. */
const GAP = 1.25
/** Screens are wider than high. */
const STRETCH = 1.35
const PULL = 0.12
const MARGIN = 14
const NEAR_PX = 18
const PX_PER_MS = 0.5
const FAR_PX = 90
const INSIDE = 0.5
const ACROSS = 0.015

/** Regions around a circle, which is as large as the largest two neighbours need. */
export function placesOf (regions: readonly Region[]): Place[] {
  const radii = regions.map(({ nodes }) => NODE_ROOM * Math.sqrt(nodes.length) + NODE_ROOM)
  const widest = Math.max(...radii, 0)
  const count = regions.length
  const around = count < 2 ? 0 : GAP * widest / Math.sin(Math.PI / Math.max(count, 3))
  return radii.map((radius, i) => {
    const turn = 2 * Math.PI * i / count - Math.PI * 0.75
    return { x: around * STRETCH * Math.cos(turn), y: around * Math.sin(turn), radius }
  })
}

/** Pulls each node to where its region is. */
export function regionForce (nodes: () => readonly NodeView[], places: () => Place[]): Force {
  return alpha => {
    const at = places()
    for (const node of nodes() as Array<NodeView & { vx?: number, vy?: number }>) {
      const place = at[node.colour]
      if (place == null || node.x == null || node.y == null) continue
      node.vx = (node.vx ?? 0) + (place.x - node.x) * PULL * alpha
      node.vy = (node.vy ?? 0) + (place.y - node.y) * PULL * alpha
    }
  }
}

export const linkDistance = ({ rttMs }: LinkView): number =>
  Math.min(FAR_PX, NEAR_PX + rttMs * PX_PER_MS)

/** A link between regions hardly pulls, and one of many a node has pulls less. */
export const linkStrength = ({ source, target }: LinkView): number =>
  (source.colour === target.colour ? INSIDE : ACROSS) /
    Math.max(1, Math.min(source.links.length, target.links.length))

/** The circle that has all of a region's nodes in it. */
export function extentOf ({ nodes }: Region): Place {
  const at = nodes.map(({ x = 0, y = 0 }) => ({ x, y }))
  const x = at.reduce((sum, place) => sum + place.x, 0) / at.length
  const y = at.reduce((sum, place) => sum + place.y, 0) / at.length
  const farthest = Math.max(...at.map(place => Math.hypot(place.x - x, place.y - y)))
  return { x, y, radius: MARGIN + farthest }
}

/** A newcomer begins near a node it is linked with, or in its region. */
export function begin (node: NodeView, places: readonly Place[]): void {
  if (node.x != null) return
  const friend = node.links.map(({ source, target }) => source === node ? target : source)
    .find(({ x, colour }) => x != null && colour === node.colour)
  const place = places[node.colour] ?? { x: 0, y: 0, radius: NODE_ROOM }
  const spread = friend == null ? place.radius : 2 * NODE_ROOM
  const turn = 2 * Math.PI * Math.random()
  const away = spread * Math.sqrt(Math.random())
  node.x = (friend?.x ?? place.x) + away * Math.cos(turn)
  node.y = (friend?.y ?? place.y) + away * Math.sin(turn)
}
