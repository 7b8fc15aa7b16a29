/**
 * How fast the line is, as a player's choice of bit rate should see it.
 * in: when the bytes of each block were on their way, from whom. out: the time in which a file of
 * some size would come. Pure: the clock is that of the deliveries.
 *
 * What lay in the store says nothing of the line, nor does the wait for a peer. While several
 * blocks come at once they share the line, so what counts is the rate of all of them together at
 * each moment, and of the moments that by which half of the bytes came: one slow peer brings few
 * bytes, whatever time it takes. What peers do not bring in time comes from a server: the better of
 * the two is what can be had.
 */

/** A block on its way; times in milliseconds of one clock. */
export interface Transfer {
  source: 'peer' | 'edge' | 'origin'
  bytes: number
  fromMs: number
  toMs: number
}

/** When a file was asked for, began to come and was there, as loaders tell it. */
export interface LoadTimes { startMs: number, firstMs: number, endMs: number }

/** Of each of the two kinds. Higher: steadier; lower: a change of the line is seen sooner. */
export const MAX_TRANSFERS = 48

/** What is older says nothing of the line as it is. */
export const MAX_AGE_MS = 60_000

/** Clocks tick in milliseconds. */
const MIN_MS = 1

export class NetworkTimes {
  readonly #peers: Transfer[] = []
  readonly #servers: Transfer[] = []

  add (transfer: Transfer): void {
    const transfers = transfer.source === 'peer' ? this.#peers : this.#servers
    transfers.push(transfer)
    if (transfers.length > MAX_TRANSFERS) transfers.shift()
  }

  /** Undefined while nothing was measured. */
  rateBytesPerSecond (nowMs: number): number | undefined {
    const rates = [this.#peers, this.#servers]
      .map(transfers => transfers.filter(({ toMs }) => nowMs - toMs <= MAX_AGE_MS))
      .flatMap(recent => recent.length === 0 ? [] : [1000 * usualRate(recent)])
    return rates.length === 0 ? undefined : Math.max(...rates)
  }

  /**
   * What a loader says of a file that is there at `endMs`: as if it had come over the line alone.
   * `unknownRate` in bytes per second: what to say while nothing was measured.
   */
  timesOf (
    sizeBytes: number,
    { nowMs, endMs, latencyMs = 0, unknownRate }:
      { nowMs: number, endMs: number, latencyMs?: number, unknownRate: number }
  ): LoadTimes {
    const rate = this.rateBytesPerSecond(nowMs) ?? unknownRate
    const firstMs = endMs - Math.max(MIN_MS, sizeBytes / rate * 1000)
    return { startMs: firstMs - latencyMs, firstMs, endMs }
  }
}

/** Bytes per millisecond of all transfers together: half of the bytes came no slower. */
function usualRate (transfers: readonly Transfer[]): number {
  const steps = stepsOf(transfers).sort((a, b) => b.rate - a.rate)
  const half = steps.reduce((sum, { bytes }) => sum + bytes, 0) / 2
  let bytes = 0
  for (const step of steps) {
    bytes += step.bytes
    if (bytes >= half) return step.rate
  }
  return steps.at(-1)!.rate
}

interface Step { rate: number, bytes: number }

/** The rate of all together between any two moments at which one of them began or ended. */
function stepsOf (transfers: readonly Transfer[]): Step[] {
  const rates = transfers.map(({ bytes, fromMs, toMs }) => {
    const ms = Math.max(MIN_MS, toMs - fromMs)
    return { fromMs: toMs - ms, toMs, rate: bytes / ms }
  })
  const moments = [...new Set(rates.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))]
    .sort((a, b) => a - b)
  return moments.slice(1).flatMap((toMs, i) => {
    const fromMs = moments[i]!
    const rate = rates.filter(one => one.fromMs <= fromMs && one.toMs >= toMs)
      .reduce((sum, one) => sum + one.rate, 0)
    return rate === 0 ? [] : [{ rate, bytes: rate * (toMs - fromMs) }]
  })
}
