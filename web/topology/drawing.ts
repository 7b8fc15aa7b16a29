/**
 * Draws the scene onto the canvas. in: scene and focus. out: pixels.
 *
 * Links are drawn by us, all of a kind in one stroke: a thousand nodes have five thousand.
 */

import type { Focus } from './focus.ts'
import { extentOf, type Place } from './layout.ts'
import { bandOf, outline, type Palette, palette, RADIUS } from './palette.ts'
import type { LinkView, NodeView, Scene } from './scene.ts'
import { milliseconds, shortId } from './words.ts'

type Context = CanvasRenderingContext2D

/** How faint a link is: measured at both ends, at one, and all while others are looked at. */
const ALPHA = { both: 0.24, one: 0.1, behind: 0.035 }
/** The near are many in little room. */
const NEAR_FADES = 0.7
const BEHIND_NODE = 0.16
/** From this zoom on, servers are named; peers when they are a good deal larger. */
const NAMES_FROM = { server: 1.3, peer: 4.5 }

/** A shorter link on the screen has no room for its time between the names at its ends. */
const ROOM_FOR_TIME_PX = 80

export class Drawing {
  readonly #scene: Scene
  readonly #focus: Focus
  /** Of the regions, in this frame. */
  #extents: Place[] = []
  #lit: ReadonlySet<NodeView> | undefined
  #colours: Palette = palette()

  constructor (scene: Scene, focus: Focus) {
    this.#scene = scene
    this.#focus = focus
  }

  /** Before the nodes. */
  below (context: Context, scale: number): void {
    this.#colours = palette()
    this.#lit = this.#focus.lit()
    this.#extents = this.#scene.regions.map(extentOf)
    this.#regions(context)
    this.#links(context, scale)
  }

  node (node: NodeView, context: Context, scale: number): void {
    const { x = 0, y = 0, role, colour } = node
    const isLit = this.#lit?.has(node) ?? true
    const radius = radiusOf(node)
    context.globalAlpha = isLit ? 1 : BEHIND_NODE
    outline(context, role, x, y, radius)
    context.fillStyle = this.#colours.regions[colour]!
    context.fill()
    if (role !== 'peer' || isLit) {
      context.lineWidth = (role === 'peer' ? 0.6 : 1.5) / Math.max(scale, 0.4)
      context.strokeStyle = this.#colours.ground
      context.stroke()
    }
    if (this.#focus.holders?.has(node.id)) this.#ring(node, context, radius + 2.5, 1.6)
    if (node === this.#focus.selected) this.#ring(node, context, radius + 5, 2 / scale + 0.5)
    context.globalAlpha = 1
  }

  /** After the nodes: what must be read. */
  above (context: Context, scale: number): void {
    this.#regionNames(context, scale)
    for (const node of this.#scene.nodes) {
      const isServer = node.role !== 'peer'
      const isNear = scale >= NAMES_FROM[isServer ? 'server' : 'peer']
      const isChosen = node === this.#focus.selected || node === this.#focus.hovered ||
        this.#focus.path?.path.some(({ id }) => id === node.id)
      if (!this.#focus.isShown(node) || !(isChosen || (isNear && this.#lit?.has(node) !== false))) {
        continue
      }
      this.#words(context, scale, nameOf(node), node.x!, node.y! + radiusOf(node) + 9 / scale, 11)
    }
    this.#pathTimes(context, scale)
  }

  /** What the pointer can hit: a little more than the shape, so that small nodes can be hit. */
  hitArea (node: NodeView, colour: string, context: Context, scale: number): void {
    context.fillStyle = colour
    outline(context, 'peer', node.x!, node.y!, Math.max(radiusOf(node), 6 / scale))
    context.fill()
  }

  #regions (context: Context): void {
    context.globalAlpha = 0.07
    for (const [i, { x, y, radius }] of this.#extents.entries()) {
      context.fillStyle = this.#colours.regions[i]!
      outline(context, 'peer', x, y, radius)
      context.fill()
    }
    context.globalAlpha = 1
  }

  #regionNames (context: Context, scale: number): void {
    for (const [i, { name }] of this.#scene.regions.entries()) {
      const { x, y, radius } = this.#extents[i]!
      const colour = this.#colours.regions[i]
      this.#words(context, scale, name, x, y - radius - 10 / scale, 14, colour)
    }
  }

  #links (context: Context, scale: number): void {
    const isBehind = this.#lit != null
    const buckets = Map.groupBy(this.#scene.links.filter(link => this.#isShown(link)), link =>
      2 * bandOf(link.rttMs) + Number(isOneSided(link)))
    for (const [bucket, links] of buckets) {
      const fades = bucket < 2 ? NEAR_FADES : 1
      const alpha = isBehind ? ALPHA.behind : fades * (bucket % 2 === 0 ? ALPHA.both : ALPHA.one)
      this.#stroke(context, links, this.#colours.bands[bucket >> 1]!, 0.9 / scale, alpha)
    }
    const lit = this.#focus.litLinks()
    if (this.#focus.path != null) {
      this.#stroke(context, lit, this.#colours.accent, 4 / scale, 1)
      return
    }
    for (const link of lit.filter(one => this.#isShown(one))) {
      const colour = this.#colours.bands[bandOf(link.rttMs)]!
      this.#stroke(context, [link], colour, (isOneSided(link) ? 1 : 2) / scale, 0.95)
    }
  }

  #stroke (
    context: Context, links: readonly LinkView[], colour: string, width: number, alpha: number
  ): void {
    context.beginPath()
    for (const { source, target } of links) {
      context.moveTo(source.x ?? 0, source.y ?? 0)
      context.lineTo(target.x ?? 0, target.y ?? 0)
    }
    context.globalAlpha = alpha
    context.strokeStyle = colour
    context.lineWidth = width
    context.stroke()
    context.globalAlpha = 1
  }

  #pathTimes (context: Context, scale: number): void {
    for (const { source, target, rttMs } of this.#focus.pathLinks()) {
      const [dx, dy] = [target.x! - source.x!, target.y! - source.y!]
      if (Math.hypot(dx, dy) * scale < ROOM_FOR_TIME_PX) continue
      const [x, y] = [source.x! + dx / 2, source.y! + dy / 2]
      this.#words(context, scale, milliseconds(rttMs), x, y, 12, this.#colours.accent)
    }
  }

  #ring ({ role, x = 0, y = 0 }: NodeView, context: Context, radius: number, width: number): void {
    outline(context, role, x, y, radius)
    context.strokeStyle = this.#colours.accent
    context.lineWidth = width
    context.stroke()
  }

  /** Of the same size at any zoom, with the ground around it. */
  #words (
    context: Context, scale: number, text: string, x: number, y: number, size: number,
    colour = this.#colours.text
  ): void {
    context.font = `600 ${size / scale}px system-ui, sans-serif`
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.lineJoin = 'round'
    context.lineWidth = 3.5 / scale
    context.strokeStyle = this.#colours.ground
    context.strokeText(text, x, y)
    context.fillStyle = colour
    context.fillText(text, x, y)
  }

  #isShown ({ source, target }: LinkView): boolean {
    return this.#focus.isShown(source) && this.#focus.isShown(target)
  }
}

export const isOneSided = ({ aMs, bMs }: LinkView): boolean => aMs == null || bMs == null

/** A peer grows a little with what it holds. */
export const radiusOf = ({ role, titles }: NodeView): number =>
  RADIUS[role] + (role === 'peer' ? Math.min(2.5, Math.log2(1 + titles) / 2) : 0)

const nameOf = ({ id, role, http }: NodeView): string =>
  role === 'peer' || http == null ? shortId(id) : `${role} ${new URL(http).host}`
