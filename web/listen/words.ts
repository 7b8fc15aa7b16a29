/**
 * Facts of playback as people read them.
 */

import type { BlockOrigin } from '../player/page-metrics.ts'

export { count, milliseconds } from '../topology/words.ts'

/** In the order of the legend. */
export const SOURCE_NAMES: Record<BlockOrigin, string> = {
  peer: 'other listeners', edge: 'edge', origin: 'origin', cache: 'kept from before'
}

const KILO = 1000

/** `3:07` */
export function clock (ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `1.2 MB` */
export function bytes (number: number): string {
  if (number < KILO) return `${number} B`
  const [value, unit] = number < KILO ** 2
    ? [number / KILO, 'kB']
    : number < KILO ** 3 ? [number / KILO ** 2, 'MB'] : [number / KILO ** 3, 'GB']
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}

/** `128 kbit/s` */
export function bitRate (bitsPerSecond: number): string {
  const [value, unit] = bitsPerSecond < KILO ** 2
    ? [bitsPerSecond / KILO, 'kbit/s']
    : [bitsPerSecond / KILO ** 2, 'Mbit/s']
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Peer IDs by their ends, servers by their hosts. */
export function senderName (from: string): string {
  try {
    return new URL(from).host
  } catch {
    return from.length <= 10 ? from : `…${from.slice(-8)}`
  }
}

/** The source most of its bytes came from. */
export function mainSource (sources: Record<BlockOrigin, number>): BlockOrigin {
  const kinds = Object.keys(SOURCE_NAMES) as BlockOrigin[]
  return kinds.reduce((best, kind) => sources[kind] > sources[best] ? kind : best)
}
