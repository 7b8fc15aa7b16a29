/**
 * The topology, small: as its own page draws it, to look at. It comes with the drawing library, and
 * so after the figures.
 */

import type { Graph } from '../../protocols/topology/index.ts'
import { byId } from '../topology/element.ts'
import { Focus } from '../topology/focus.ts'
import { listen } from '../topology/live.ts'
import { Network } from '../topology/network.ts'
import { tipOf } from '../topology/panel.ts'
import { Scene } from '../topology/scene.ts'
import { count } from '../topology/words.ts'

const URLS = { events: 'graph/events', whole: 'graph' }

export interface SmallMap { repaint (): void }

export function drawMap (): SmallMap {
  const scene = new Scene()
  const focus = new Focus(scene)
  const network: Network = new Network(byId('map'), scene, focus, {
    hover: node => {
      focus.hovered = node
      network.redraw()
    },
    click: node => { if (node != null) location.assign('graph/ui') },
    tip: tipOf
  }, { isStill: true })
  const told = (changes: number): void => {
    focus.forgetGone()
    const { nodes, links, regions } = scene
    byId('network-words').textContent = `${count(nodes.length, 'node')} in ` +
      `${count(regions.length, 'region')}, ${count(links.length, 'link')}`
    network.update(changes)
  }
  listen({
    graph: (graph: Graph) => { told(scene.replace(graph)) },
    delta: delta => { told(scene.apply(delta)) },
    state: () => {}
  }, URLS)
  return { repaint: () => { network.redraw() } }
}
