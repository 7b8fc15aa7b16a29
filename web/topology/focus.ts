/**
 * What the viewer looks at: nodes to bring forward, links to show in full, a way between two.
 * in: the scene, and choices. out: sets that drawing asks. Pure but for the choices it keeps.
 */

import type { GraphPath } from '../../protocols/topology/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { LinkView, NodeView, Scene } from './scene.ts'

export class Focus {
  hovered: NodeView | undefined
  selected: NodeView | undefined
  path: GraphPath | undefined
  /** Peer IDs of a title's holders, when a title was asked about. */
  holders: ReadonlySet<string> | undefined
  /** Lower case; empty for no search. */
  search = ''
  readonly hidden = { regions: new Set<string>(), roles: new Set<Role>() }
  readonly #scene: Scene

  constructor (scene: Scene) {
    this.#scene = scene
  }

  isShown (node: NodeView): boolean {
    const { regions, roles } = this.hidden
    return !roles.has(node.role) &&
      (regions.size === 0 || !regions.has(this.#scene.regions[node.colour]?.name ?? ''))
  }

  matches (): NodeView[] {
    const { search } = this
    if (search === '') return []
    return this.#scene.nodes.filter(({ id, region, role, http = '' }) =>
      role === search || region.toLowerCase().includes(search) ||
      id.toLowerCase().includes(search) || http.includes(search))
  }

  /** The nodes brought forward; undefined for all alike. */
  lit (): ReadonlySet<NodeView> | undefined {
    const { path, hovered, selected, holders } = this
    if (path != null) return this.#named(path.path.map(({ id }) => id))
    const centre = hovered ?? selected
    if (centre != null) {
      return new Set([centre, ...centre.links.map(link => otherEnd(link, centre))])
    }
    if (this.search !== '') return new Set(this.matches())
    return holders == null ? undefined : this.#named(holders)
  }

  /** The links shown in full. */
  litLinks (): LinkView[] {
    return this.path == null
      ? (this.hovered ?? this.selected)?.links ?? []
      : this.pathLinks()
  }

  pathLinks (): LinkView[] {
    const ids = this.path?.path.map(({ id }) => id) ?? []
    return ids.slice(1).flatMap((id, i) => this.#scene.linkBetween(ids[i]!, id) ?? [])
  }

  /** Nothing chosen is kept that is no longer there. */
  forgetGone (): void {
    this.selected = this.selected && this.#scene.node(this.selected.id)
    this.hovered = this.hovered && this.#scene.node(this.hovered.id)
    if (this.path?.path.some(({ id }) => this.#scene.node(id) == null)) this.path = undefined
  }

  #named (ids: Iterable<string>): Set<NodeView> {
    return new Set([...ids].flatMap(id => this.#scene.node(id) ?? []))
  }
}

export const otherEnd = ({ source, target }: LinkView, node: NodeView): NodeView =>
  source === node ? target : source
