/**
 * The graph as it is now. in: a tracker.
 * out: a graph that is made when somebody asks, and at most twice a second.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../../protocols/clock.ts'
import { differenceOf, type Graph, type GraphPath } from '../../protocols/topology/index.ts'
import type { BootstrapTracker } from '../tracker.ts'
import { findPath } from './find-path.ts'
import { type GraphBounds, graphOf } from './graph.ts'
import { Recent } from './recent.ts'

export interface TopologyComponents {
  tracker: Pick<BootstrapTracker, 'nodes' | 'holders'>
  clock: Clock
}

/** Higher: more of a large network is seen; lower: smaller answers. */
export const DEFAULT_GRAPH_BOUNDS: GraphBounds = { maxNodes: 2_000, maxLinks: 10_000 }

/** Titles whose holders are marked for those who keep asking. */
const MAX_MARKED = 16

export class Topology {
  readonly #components: TopologyComponents
  readonly #bounds: GraphBounds
  readonly #marked = new LRUCache<string, Recent<Graph>>({ max: MAX_MARKED })
  readonly #plain: Recent<Graph>

  constructor (components: TopologyComponents, bounds: Partial<GraphBounds> = {}) {
    this.#components = components
    this.#bounds = { ...DEFAULT_GRAPH_BOUNDS, ...bounds }
    this.#plain = this.#recent(async before => await this.#build(before))
  }

  /** The same object as before when nothing has changed. */
  async graph (): Promise<Graph> {
    return await this.#plain.get()
  }

  /** The same, with the title's holders marked. */
  async graphWith (content: CID): Promise<Graph> {
    const key = content.toString()
    const marked = this.#marked.get(key) ?? this.#recent(async () => await this.#mark(content))
    this.#marked.set(key, marked)
    return await marked.get()
  }

  /** @throws PeerNotFoundError */
  async path (from: string, to: string): Promise<GraphPath> {
    return findPath(await this.graph(), from, to)
  }

  async #build (before: Graph | undefined): Promise<Graph> {
    const tracked = await this.#components.tracker.nodes(this.#bounds.maxNodes + 1)
    return graphOf(tracked, this.#bounds, before)
  }

  async #mark (content: CID): Promise<Graph> {
    const [graph, holders] = await Promise.all(
      [this.graph(), this.#components.tracker.holders(content)])
    return {
      ...graph,
      nodes: graph.nodes.map(node => holders.has(node.id) ? { ...node, holds: true } : node)
    }
  }

  #recent (make: (before: Graph | undefined) => Promise<Graph>): Recent<Graph> {
    return new Recent({ clock: this.#components.clock, make, isSame })
  }
}

const isSame = (before: Graph, after: Graph): boolean => differenceOf(before, after) == null
