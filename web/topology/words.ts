/**
 * Facts as people read them.
 */

/** Peer IDs begin alike; their ends tell them apart. */
export const shortId = (id: string): string => id.length <= 10 ? id : `…${id.slice(-8)}`

export const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`
