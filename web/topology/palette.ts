/**
 * Colours and shapes: a region is a colour, a role a shape, a round-trip time a band of colour.
 * Regions are bright; times go from grey, near, to rust, far: neither is taken for the other, and
 * all stand apart for the colour-blind, in light and in dark.
 */

import type { Role } from '../../protocols/exchange/index.ts'

export interface Palette {
  /** Of regions in order of size; the last is for all others. */
  regions: string[]
  /** Of {@link BANDS}. */
  bands: string[]
  ground: string
  text: string
  quiet: string
  /** A path, a title's holders. */
  accent: string
}

const LIGHT: Palette = {
  regions: [
    '#2563c9', '#d9730d', '#0f8a6a', '#b0308f', '#8a6d00', '#6a4fc4', '#c02f45', '#37789a',
    '#6b7280'
  ],
  bands: ['#39485c', '#8796a8', '#c09a5b', '#c4512f'],
  ground: '#f6f7f9',
  text: '#1b2330',
  quiet: '#5c6675',
  accent: '#0b1220'
}

const DARK: Palette = {
  regions: [
    '#6aa5ff', '#ffa552', '#3ed6a8', '#f084d2', '#e3c44a', '#b09cff', '#ff7a8a', '#77c8e8',
    '#9aa4b2'
  ],
  bands: ['#dbe5f0', '#7f92a8', '#bd9557', '#f0704a'],
  ground: '#0f141b',
  text: '#e6ebf2',
  quiet: '#9aa7b6',
  accent: '#ffe04d'
}

/** Regions with a colour of their own; the rest share the last. */
export const MAX_REGIONS = LIGHT.regions.length - 1

/** Round-trip times drawn alike: up to so many milliseconds. */
export const BANDS: ReadonlyArray<{ upToMs: number, name: string }> = [
  { upToMs: 20, name: 'under 20 ms' },
  { upToMs: 60, name: '20 – 60 ms' },
  { upToMs: 150, name: '60 – 150 ms' },
  { upToMs: Number.POSITIVE_INFINITY, name: 'over 150 ms' }
]

export const bandOf = (rttMs: number): number => BANDS.findIndex(({ upToMs }) => rttMs < upToMs)

/** In the units of the layout. */
export const RADIUS: Record<Role, number> = { peer: 4, edge: 8, origin: 11, bootstrap: 8 }

const darkQuery = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)')

export const palette = (): Palette => darkQuery().matches ? DARK : LIGHT

export function onThemeChange (then: () => void): void {
  darkQuery().addEventListener('change', then)
}

/** The outline of a role's shape, as the current path: circle, square, triangle or hexagon. */
export function outline (
  context: CanvasRenderingContext2D, role: Role, x: number, y: number, radius: number
): void {
  context.beginPath()
  const corners = { peer: 0, edge: 4, origin: 3, bootstrap: 6 }[role]
  if (corners === 0) context.arc(x, y, radius, 0, 2 * Math.PI)
  for (let i = 0; i < corners; i++) {
    // A square stands on its side, the others on a corner's opposite.
    const turn = 2 * Math.PI * (i / corners - (role === 'edge' ? 0.125 : 0.25))
    context.lineTo(x + radius * Math.cos(turn), y + radius * Math.sin(turn))
  }
  context.closePath()
}
