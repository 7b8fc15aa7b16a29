/**
 * The graph as it is drawn: nodes and links that keep their place while facts about them change.
 * in: the whole graph, then deltas. out: what to draw, and whether more than numbers changed.
 */

import type { Graph, GraphDelta, GraphLink, GraphNode } from '../../protocols/topology/index.ts'
import { linkKey } from '../../protocols/topology/index.ts'
import { MAX_REGIONS } from './palette.ts'

/** A node with its place, which the layout moves. */
export interface NodeView extends GraphNode {
  x?: number
  y?: number
  fx?: number
  fy?: number
  links: LinkView[]
  /** Of its region among {@link Scene.regions}. */
  colour: number
}

export interface LinkView extends GraphLink {
  source: NodeView
  target: NodeView
}

export interface Region { name: string, nodes: NodeView[] }

const OTHERS = 'other regions'

export class Scene {
  readonly #nodes = new Map<string, NodeView>()
  readonly #links = new Map<string, LinkView>()
  isWhole = true
  /** The largest first; those past the colours there are stand together as the last. */
  regions: Region[] = []

  get nodes (): NodeView[] { return [...this.#nodes.values()] }
  get links (): LinkView[] { return [...this.#links.values()] }

  node (id: string): NodeView | undefined { return this.#nodes.get(id) }

  linkBetween (one: string, other: string): LinkView | undefined {
    return this.#links.get(linkKey(one < other ? { a: one, b: other } : { a: other, b: one }))
  }

  /** How many nodes or links came or went. */
  replace (graph: Graph): number {
    const nodes = new Set(graph.nodes.map(({ id }) => id))
    const links = new Set(graph.links.map(linkKey))
    return this.apply({
      ...graph,
      gone: [...this.#nodes.keys()].filter(id => !nodes.has(id)),
      cut: this.links.filter(link => !links.has(linkKey(link))).map(({ a, b }) => [a, b])
    })
  }

  /** How many nodes or links came or went. */
  apply (delta: GraphDelta): number {
    const before = this.#nodes.size + this.#links.size
    let gone = 0
    for (const key of delta.cut.map(([a, b]) => linkKey({ a, b }))) gone += this.#cut(key)
    for (const id of delta.gone) gone += this.#remove(id)
    for (const node of delta.nodes) this.#putNode(node)
    for (const link of delta.links) this.#putLink(link)
    this.isWhole = delta.isWhole
    this.#colour()
    return this.#nodes.size + this.#links.size - before + 2 * gone
  }

  #putNode (node: GraphNode): void {
    const known = this.#nodes.get(node.id)
    if (known == null) {
      this.#nodes.set(node.id, { ...node, links: [], colour: 0 })
      return
    }
    // What a node no longer says of itself must not stay.
    delete known.load
    delete known.http
    Object.assign(known, node)
  }

  #putLink (link: GraphLink): void {
    const known = this.#links.get(linkKey(link))
    if (known != null) {
      delete known.aMs
      delete known.bMs
      Object.assign(known, link)
      return
    }
    const [source, target] = [this.#nodes.get(link.a), this.#nodes.get(link.b)]
    if (source == null || target == null) return
    const view = { ...link, source, target }
    this.#links.set(linkKey(link), view)
    source.links.push(view)
    target.links.push(view)
  }

  #cut (key: string): number {
    const link = this.#links.get(key)
    if (link == null) return 0
    this.#links.delete(key)
    for (const end of [link.source, link.target]) end.links = end.links.filter(one => one !== link)
    return 1
  }

  #remove (id: string): number {
    const node = this.#nodes.get(id)
    if (node == null) return 0
    const cut = node.links.map(linkKey).reduce((sum, key) => sum + this.#cut(key), 0)
    this.#nodes.delete(id)
    return cut + 1
  }

  #colour (): void {
    const byName = Map.groupBy(this.#nodes.values(), ({ region }) => region || 'no region')
    const all = [...byName].map(([name, nodes]) => ({ name, nodes }))
      .sort((x, y) => y.nodes.length - x.nodes.length || (x.name < y.name ? -1 : 1))
    const rest = all.slice(MAX_REGIONS).flatMap(({ nodes }) => nodes)
    this.regions = all.slice(0, MAX_REGIONS)
    if (rest.length > 0) this.regions.push({ name: OTHERS, nodes: rest })
    for (const [colour, { nodes }] of this.regions.entries()) {
      for (const node of nodes) node.colour = colour
    }
  }
}
