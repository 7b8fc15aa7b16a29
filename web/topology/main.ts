/**
 * The page: a network as its bootstrap sees it, live.
 * in: `/graph/events`, `/graph?content=`, `/path`. out: a picture one can ask.
 */

import { byId } from './element.ts'
import { Focus } from './focus.ts'
import { legendOf } from './legend.ts'
import type { LiveState } from './feed.ts'
import { holdersOf, listen, pathBetween } from './live.ts'
import { Network } from './network.ts'
import { onThemeChange } from './palette.ts'
import { nodePanel, pathPanel, tipOf, troublePanel } from './panel.ts'
import { type NodeView, Scene } from './scene.ts'
import { count } from './words.ts'

const HOLDERS_AGAIN_MS = 10_000
const FLIGHT_MS = 600
const STATES: Record<LiveState, string> = {
  live: 'live', waiting: 'connection lost, trying again', asking: 'asking every 10 s'
}

const scene = new Scene()
const focus = new Focus(scene)
const panel = byId('panel')
const search = byId<HTMLInputElement>('search')
const title = byId<HTMLInputElement>('title')
const actions = { choose, close: clear }

const network = new Network(byId('canvas'), scene, focus, {
  hover: node => {
    focus.hovered = node
    network.redraw()
  },
  click: node => {
    const { selected, path } = focus
    if (node == null) clear()
    else if (selected == null || path != null || selected === node) choose(node.id)
    else void showPath(selected, node)
  },
  tip: tipOf
})

listen({
  graph: graph => { told(scene.replace(graph)) },
  delta: delta => { told(scene.apply(delta)) },
  state: state => {
    byId('live').dataset.state = state
    byId('live').textContent = STATES[state]
  }
})

function told (changes: number): void {
  focus.forgetGone()
  const { nodes, links, isWhole } = scene
  const part = isWhole ? '' : ' (a part of the network)'
  const size = `${count(nodes.length, 'node')}, ${count(links.length, 'link')}`
  byId('counts').textContent = `${size}${part}`
  if (changes > 0 && !isUsed(byId('legend'))) showLegend()
  if (focus.path == null && focus.selected != null && !isUsed(panel)) showNode(focus.selected)
  network.update(changes)
}

/** What somebody is about to click, or reads with the keyboard, is not made anew under the hand. */
const isUsed = (card: HTMLElement): boolean => card.matches(':hover, :focus-within')

function showLegend (): void {
  byId('legend').replaceChildren(...legendOf(scene, focus, () => {
    showLegend()
    network.redraw()
  }))
}

function showNode (node: NodeView): void {
  panel.replaceChildren(...nodePanel(node, actions))
  panel.hidden = false
}

function choose (id: string): void {
  const node = scene.node(id)
  if (node == null) return
  focus.path = undefined
  focus.selected = node
  showNode(node)
  network.redraw()
}

function clear (): void {
  focus.path = undefined
  focus.selected = undefined
  panel.hidden = true
  network.redraw()
}

async function showPath (from: NodeView, to: NodeView): Promise<void> {
  try {
    focus.path = await pathBetween(from.id, to.id)
    panel.replaceChildren(...pathPanel(focus.path, actions))
  } catch (err) {
    panel.replaceChildren(...troublePanel((err as Error).message, actions))
  }
  panel.hidden = false
  network.redraw()
}

search.addEventListener('input', () => {
  focus.search = search.value.trim().toLowerCase()
  const found = focus.matches().length
  byId('search-result').textContent = focus.search === ''
    ? ''
    : `${count(found, 'node')} found${found > 0 ? ': Enter goes to the first' : ''}`
  network.redraw()
})
search.addEventListener('keydown', ({ key, shiftKey }) => {
  const first = key === 'Enter' ? focus.matches()[0] : undefined
  if (first == null) return
  if (shiftKey && focus.selected != null) {
    void showPath(focus.selected, first)
  } else {
    choose(first.id)
    network.show(first)
  }
})
byId('whole').addEventListener('click', () => { network.fit(FLIGHT_MS) })

async function markHolders (): Promise<void> {
  const content = title.value.trim()
  const result = byId('title-result')
  try {
    const holders = content === '' ? undefined : await holdersOf(content)
    if (content !== title.value.trim()) return // Another was asked for meanwhile.
    focus.holders = holders
    result.textContent = holders == null ? '' : `${count(holders.size, 'node')} hold some of it`
    result.classList.remove('bad')
  } catch (err) {
    focus.holders = undefined
    result.textContent = (err as Error).message
    result.classList.add('bad')
  }
  network.redraw()
}
title.addEventListener('change', () => { void markHolders() })
title.value = new URLSearchParams(location.search).get('content') ?? ''
void markHolders()
setInterval(() => { if (focus.holders != null) void markHolders() }, HOLDERS_AGAIN_MS)

addEventListener('keydown', event => {
  if (event.key === 'Escape') clear()
  if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
    event.preventDefault()
    search.focus()
  }
})
onThemeChange(() => {
  showLegend()
  network.redraw()
})
