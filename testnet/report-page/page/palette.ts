/**
 * Colours by what they stand for. style.css has them for light and for dark.
 */

import type { Role } from '../../../protocols/exchange/index.ts'
import type { StartQuantiles } from '../../run-figures.ts'
import type { Source } from '../../run-record.ts'
import { element } from './element.ts'

export interface Entry { name: string, colour: string }

export const SOURCES: readonly Source[] = ['local', 'peer', 'edge', 'origin']
export const SOURCE_NAMES: Record<Source, string> =
  { local: 'own store', peer: 'peers', edge: 'edges', origin: 'origin' }
export const KINDS: ReadonlyArray<StartQuantiles['kind']> = ['cold', 'warm', 'cached', 'plain']
export const KIND_NAMES: Record<StartQuantiles['kind'], string> = {
  all: 'all', cold: 'cold', warm: 'warm', cached: 'cached', plain: 'plain HTTP'
}

export const SYMBOLS: Record<Role, 'circle' | 'square' | 'triangle' | 'diamond'> =
  { peer: 'circle', edge: 'square', origin: 'triangle', bootstrap: 'diamond' }

const REGION_COLOURS = 8

export const colour = (name: string): string => `var(--${name})`

export const regionColour = (regions: readonly string[], region: string): string => {
  const index = regions.indexOf(region)
  return index === -1 ? colour('quiet') : colour(`region-${index % REGION_COLOURS}`)
}

/** In the order in which they get their colours. */
export const regionsOf = (things: ReadonlyArray<{ region: string }>): string[] =>
  [...new Set(things.map(({ region }) => region))].sort()

export const regionEntries = (regions: readonly string[]): Entry[] =>
  regions.map(name => ({ name: name || 'no region', colour: regionColour(regions, name) }))

export function legend (entries: readonly Entry[]): HTMLElement {
  return element('p', 'legend', ...entries.map(({ name, colour }) => {
    const swatch = element('i')
    swatch.style.background = colour
    return element('span', '', swatch, name)
  }))
}
