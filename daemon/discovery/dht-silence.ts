/**
 * How long the DHT may be silent before that means "nobody has it".
 * in: how far our neighbours are. out: milliseconds, asked anew for each search.
 *
 * A lookup that names somebody mostly does so after a few round trips to nodes it is connected to.
 * Round trips grow with the load of this machine too.
 */

import type { Exchange } from '../../protocols/exchange/index.ts'

/** Where all are near. Higher: finds what slow nodes know; lower: says "nobody" sooner. */
export const DHT_SILENCE_MS = 120
/** Added for each. */
const ROUND_TRIPS = 4

export function dhtSilence (exchange: Pick<Exchange, 'neighbours'>): () => number {
  return () => {
    const rtts = [...exchange.neighbours()].flatMap(({ rttMs }) => rttMs ?? [])
    return DHT_SILENCE_MS + ROUND_TRIPS * (rtts.toSorted((a, b) => a - b)[rtts.length >> 1] ?? 0)
  }
}
