/**
 * Where bytes come from, and the colour each has wherever it is shown. They stand apart for the
 * colour-blind, and are not those of round-trip times.
 */

import { palette } from '../topology/palette.ts'

export const SOURCES = [
  { key: 'peer', name: 'peers', colour: 0 },
  { key: 'edge', name: 'edges', colour: 1 },
  { key: 'origin', name: 'origins', colour: 3 },
  { key: 'own', name: 'own store', colour: 8 }
] as const
export type SourceKey = typeof SOURCES[number]['key']

export function colourOf (key: SourceKey): string {
  return palette().regions[SOURCES.find(source => source.key === key)!.colour]!
}
