/**
 * What colours and shapes mean, and how many there are of each; a click hides or shows them.
 */

import type { Role } from '../../protocols/exchange/index.ts'
import { button, element } from './element.ts'
import type { Focus } from './focus.ts'
import { BANDS, outline, palette } from './palette.ts'
import type { Scene } from './scene.ts'

const ROLES: readonly Role[] = ['peer', 'edge', 'origin', 'bootstrap']
const SWATCH_PX = 18

export function legendOf (scene: Scene, focus: Focus, changed: () => void): HTMLElement[] {
  const { regions, bands, quiet } = palette()
  const { nodes } = scene
  const roles = ROLES.map(role => ({ role, nodes: nodes.filter(node => node.role === role) }))
    .filter(({ nodes }) => nodes.length > 0)
  return [
    element('h3', {}, 'Regions'),
    element('ul', {}, ...scene.regions.map(({ name, nodes }, i) =>
      toggle(focus.hidden.regions, name, name, nodes.length, changed,
        swatch(context => { dot(context, 'peer', regions[i]!) })))),
    element('h3', {}, 'Roles'),
    element('ul', {}, ...roles.map(({ role, nodes }) =>
      toggle(focus.hidden.roles, role, role, nodes.length, changed,
        swatch(context => { dot(context, role, quiet) })))),
    element('h3', {}, 'Round-trip time'),
    element('ul', {}, ...BANDS.map(({ name }, i) => element('li', {},
      swatch(context => { line(context, bands[i]!) }), name))),
    element('p', { className: 'hint' }, 'Fainter: measured at one end only.')
  ]
}

function toggle<T> (
  hidden: Set<T>, key: T, name: string, number: number, changed: () => void, mark: HTMLElement
): HTMLElement {
  const pressed = button(() => {
    if (!hidden.delete(key)) hidden.add(key)
    changed()
  }, mark, element('span', { className: 'name', title: name }, name),
  element('span', { className: 'number' }, number.toLocaleString('en')))
  pressed.setAttribute('aria-pressed', String(!hidden.has(key)))
  return element('li', {}, pressed)
}

function swatch (paint: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const scale = devicePixelRatio
  const canvas = element('canvas', { width: SWATCH_PX * scale, height: SWATCH_PX * scale })
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  paint(context)
  return canvas
}

function dot (context: CanvasRenderingContext2D, role: Role, colour: string): void {
  outline(context, role, SWATCH_PX / 2, SWATCH_PX / 2, role === 'peer' ? 5 : 7)
  context.fillStyle = colour
  context.fill()
}

function line (context: CanvasRenderingContext2D, colour: string): void {
  context.fillStyle = colour
  context.fillRect(0, SWATCH_PX / 2 - 1.5, SWATCH_PX, 3)
}
