/**
 * The network on the canvas: layout, zoom, pointer.
 * in: scene, focus, what happens on hover and click. out: a picture that rests when nothing moves.
 */

import ForceGraph from 'force-graph'
import type { Focus } from './focus.ts'
import { Drawing } from './drawing.ts'
import {
  begin, extentOf, linkDistance, linkStrength, type Place, placesOf, regionForce
} from './layout.ts'
import type { LinkView, NodeView, Scene } from './scene.ts'

export interface NetworkEvents {
  hover (node: NodeView | undefined): void
  /** Undefined for the ground. */
  click (node: NodeView | undefined): void
  /** What is told at the pointer. */
  tip (node: NodeView): HTMLElement
}

export interface NetworkInit {
  /** To be looked at only: wheel and drag are the page's. */
  isStill?: boolean
}

/** The first layout ends after so long; one that lets newcomers in, sooner. */
const SETTLE_MS = 6_000
const ADMIT_MS = 1_200
const FIRST_TICKS = 40
/** Newcomers are let in together: each time the layout runs. */
const STRUCTURE_MS = 3_000
/** Past this share of what was there it is another network: laid out afresh. */
const FEW = 0.2
const CHARGE = -24
const PADDING_PX = 50
const FLIGHT_MS = 600
const CLOSE_UP = 2.2

export class Network {
  readonly #scene: Scene
  readonly #focus: Focus
  readonly #graph: ForceGraph<NodeView, LinkView>
  readonly #drawing: Drawing
  #places: Place[] = []
  #size = 0
  #changes = 0
  #laidOutMs = Number.NEGATIVE_INFINITY
  #pending: ReturnType<typeof setTimeout> | undefined
  #isTouched = false

  constructor (
    element: HTMLElement, scene: Scene, focus: Focus, events: NetworkEvents,
    { isStill = false }: NetworkInit = {}
  ) {
    this.#scene = scene
    this.#focus = focus
    this.#drawing = new Drawing(scene, focus)
    this.#graph = new ForceGraph<NodeView, LinkView>(element)
    this.#draw()
    this.#layOut()
    this.#graph
      .nodeLabel(node => focus.isShown(node) ? events.tip(node) : '')
      .onNodeHover(node => { events.hover(node ?? undefined) })
      .onNodeClick(node => { events.click(node) })
      .onBackgroundClick(() => { events.click(undefined) })
      .onNodeDragEnd(() => { this.#isTouched = true })
    if (isStill) {
      this.#graph.enableZoomInteraction(false).enablePanInteraction(false).enableNodeDrag(false)
    }
    for (const kind of isStill ? [] : ['wheel', 'pointerdown']) {
      element.addEventListener(kind, () => { this.#isTouched = true }, { passive: true })
    }
    element.addEventListener('pointerleave', () => { events.hover(undefined) })
    const resize = (): void => {
      this.#graph.width(element.clientWidth).height(element.clientHeight)
      if (!this.#isTouched) this.fit()
    }
    new ResizeObserver(resize).observe(element)
    resize()
  }

  /** After the scene changed: by `changes` nodes and links, or only in numbers. */
  update (changes: number): void {
    this.#changes += changes
    if (this.#changes === 0) {
      this.redraw()
      return
    }
    const waitMs = Math.max(0, this.#laidOutMs + STRUCTURE_MS - performance.now())
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined
      this.#place()
    }, waitMs)
  }

  /** A resting canvas draws itself anew only when one of its settings is set. */
  redraw (): void {
    this.#graph.nodeCanvasObject(this.#graph.nodeCanvasObject())
  }

  fit (durationMs = 0): void {
    const area = this.#room()
    const extents = this.#scene.regions.map(extentOf)
    if (extents.length === 0 || area.width <= 0) return
    const left = Math.min(...extents.map(({ x, radius }) => x - radius))
    const right = Math.max(...extents.map(({ x, radius }) => x + radius))
    const top = Math.min(...extents.map(({ y, radius }) => y - radius))
    const bottom = Math.max(...extents.map(({ y, radius }) => y + radius))
    const scale = Math.min(area.width / (right - left), area.height / (bottom - top), CLOSE_UP)
    this.#graph.zoom(scale, durationMs)
      .centerAt((left + right) / 2 - area.shiftX / scale, (top + bottom) / 2, durationMs)
  }

  show (node: NodeView): void {
    this.#isTouched = true
    this.#graph.centerAt(node.x, node.y, FLIGHT_MS)
    if (this.#graph.zoom() < CLOSE_UP) this.#graph.zoom(CLOSE_UP, FLIGHT_MS)
  }

  /** The cards cover the left on wide screens. */
  #room (): { width: number, height: number, shiftX: number } {
    const [width, height] = [this.#graph.width(), this.#graph.height()]
    const card = width > 900 ? 250 : 0
    const padding = 2 * PADDING_PX
    return { width: width - card - padding, height: height - padding, shiftX: card / 2 }
  }

  #draw (): void {
    const drawing = this.#drawing
    this.#graph
      .nodeVisibility(node => this.#focus.isShown(node))
      .nodeCanvasObject((node, context, scale) => { drawing.node(node, context, scale) })
      .nodePointerAreaPaint((node, colour, context, scale) => {
        drawing.hitArea(node, colour, context, scale)
      })
      // Drawn all together below the nodes.
      .linkVisibility(false)
      .onRenderFramePre((context, scale) => { drawing.below(context, scale) })
      .onRenderFramePost((context, scale) => { drawing.above(context, scale) })
      .minZoom(0.1)
      .maxZoom(12)
  }

  #layOut (): void {
    const graph = this.#graph.d3AlphaDecay(0.035).d3AlphaMin(0.01).d3VelocityDecay(0.45)
      .onEngineTick(() => { if (!this.#isTouched) this.fit() })
      .onEngineStop(() => { this.#release() })
    graph.d3Force('center', null)
    graph.d3Force('region', regionForce(() => this.#graph.graphData().nodes, () => this.#places))
    graph.d3Force('charge')?.strength(CHARGE)
    graph.d3Force('link')?.distance(linkDistance).strength(linkStrength)
  }

  /** Lays out; where few came or went, those who were there keep their place. */
  #place (): void {
    const { nodes, links, regions } = this.#scene
    this.#places = placesOf(regions)
    const isFew = this.#size > 0 && this.#changes < FEW * this.#size
    for (const node of nodes) {
      if (isFew && node.x != null) {
        node.fx = node.x
        node.fy = node.y
      }
      begin(node, this.#places)
    }
    this.#size = nodes.length + links.length
    this.#changes = 0
    this.#laidOutMs = performance.now()
    this.#graph.cooldownTime(isFew ? ADMIT_MS : SETTLE_MS).warmupTicks(isFew ? 0 : FIRST_TICKS)
      .graphData({ nodes: nodes.toSorted(byRole), links })
  }

  /** Who was held in place may be dragged again. */
  #release (): void {
    for (const node of this.#scene.nodes) {
      delete node.fx
      delete node.fy
    }
  }
}

/** Servers are drawn over peers. */
const byRole = (x: NodeView, y: NodeView): number =>
  Number(x.role !== 'peer') - Number(y.role !== 'peer')
