/**
 * Figures as people read them.
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
export const NOTHING = '–'

export function bytes (count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1_000 ** power
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`
}

/** Nothing is rounded to all or none of it. */
export function percent (share: number | undefined): string {
  if (share === undefined) return NOTHING
  if (share > 0 && share < 0.001) return 'under 0.1 %'
  if (share < 1 && share > 0.999) return 'over 99.9 %'
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`
}

/** Bits per second. */
export function bitrate (bitsPerSecond: number | undefined): string {
  if (bitsPerSecond === undefined) return NOTHING
  const isLarge = bitsPerSecond >= 1e6
  const value = bitsPerSecond / (isLarge ? 1e6 : 1e3)
  return `${value.toFixed(value >= 100 || (!isLarge && value === 0) ? 0 : 1)} ` +
    (isLarge ? 'Mbit/s' : 'kbit/s')
}

export function duration (ms: number | undefined): string {
  if (ms === undefined) return NOTHING
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 100_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}
