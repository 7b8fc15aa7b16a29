/**
 * What is known of a node, or of the way between two, in words.
 * in: a node or a path. out: elements for the panel, and the tip at the pointer.
 */

import type { GraphPath } from '../../protocols/topology/index.ts'
import { isOneSided } from './drawing.ts'
import { button, element } from './element.ts'
import { otherEnd } from './focus.ts'
import type { LinkView, NodeView } from './scene.ts'
import { count, milliseconds, shortId } from './words.ts'

export interface PanelActions {
  choose (id: string): void
  close (): void
}

const MAX_LISTED = 12

export function tipOf (node: NodeView): HTMLElement {
  const nearest = byTime(node.links)[0]
  return element('div', { className: 'tip' },
    element('strong', {}, node.role), ` · ${node.region || 'no region'}`, element('br'),
    element('span', { className: 'id' }, shortId(node.id)), element('br'),
    `${count(node.titles, 'title')}, ${count(node.links.length, 'link')}`,
    nearest && `, nearest ${milliseconds(nearest.rttMs)}`)
}

export function nodePanel (node: NodeView, actions: PanelActions): HTMLElement[] {
  const links = byTime(node.links)
  const rows = links.slice(0, MAX_LISTED).map(link => linkRow(link, node, actions))
  const more = links.length - rows.length
  return [
    heading(`${node.role} ${shortId(node.id)}`, actions),
    facts(node),
    element('h3', {}, count(links.length, 'link')),
    element('ul', {}, ...rows),
    ...(more > 0 ? [element('p', { className: 'hint' }, `and ${more} farther`)] : []),
    element('p', { className: 'hint' },
      'Click another node for the way to it, or find it and press Shift and Enter.')
  ]
}

export function pathPanel (path: GraphPath, actions: PanelActions): HTMLElement[] {
  const stops = path.path.map(({ id, role, region, rttMs }, i) => element('li', {},
    button(() => { actions.choose(id) }, `${role} `, idOf(id), ` · ${region || 'no region'}`),
    element('span', { className: 'number' }, i === 0 ? '' : milliseconds(rttMs))))
  return [
    heading('The way', actions),
    element('p', {},
      element('span', { className: 'big' }, milliseconds(path.rttMs)),
      element('span', { className: 'quiet' }, ` estimated, ${count(path.hops, 'hop')}`)),
    element('h3', {}, 'Over'),
    element('ol', {}, ...stops)
  ]
}

export function troublePanel (message: string, actions: PanelActions): HTMLElement[] {
  return [heading('No way', actions), element('p', { className: 'hint' }, message)]
}

function heading (text: string, { close }: PanelActions): HTMLElement {
  const x = button(close, '✕')
  x.setAttribute('aria-label', 'Close')
  return element('header', {}, element('h2', {}, text), x)
}

function facts ({ id, region, titles, http, load }: NodeView): HTMLElement {
  const rows: Array<[string, Node | string | undefined]> = [
    ['peer ID', element('span', { className: 'id' }, id)],
    ['region', region || 'none'],
    ['titles', titles.toLocaleString('en')],
    ['HTTP', http && element('a', { href: http, rel: 'noreferrer noopener' }, http)],
    ['load', load == null ? undefined : `${Math.round(load * 100)} % of what it serves well`]
  ]
  return element('dl', {}, ...rows.filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]))
}

function linkRow (link: LinkView, node: NodeView, { choose }: PanelActions): HTMLElement {
  const other = otherEnd(link, node)
  const time = element('span', { className: 'number' }, milliseconds(link.rttMs))
  time.title = isOneSided(link)
    ? 'measured at one end'
    : `measured ${milliseconds(link.aMs!)} at one end, ${milliseconds(link.bMs!)} at the other`
  if (isOneSided(link)) time.prepend('one end: ')
  const elsewhere = other.region === node.region ? '' : ` · ${other.region || 'no region'}`
  return element('li', {},
    button(() => { choose(other.id) }, `${other.role} `, idOf(other.id), elsewhere), time)
}

const idOf = (id: string): HTMLElement => element('span', { className: 'id' }, shortId(id))

const byTime = (links: readonly LinkView[]): LinkView[] =>
  links.toSorted((x, y) => x.rttMs - y.rttMs)
