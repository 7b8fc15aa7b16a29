/**
 * Quantiles out of Prometheus histograms of several nodes.
 * in: their `/metrics`. out: the value that a share of all observations stays under, read linearly
 * within a bucket; the last bucket counts as its lower end.
 */

/** Upper bound → observations up to it. */
export type Histogram = ReadonlyMap<number, number>

/** Sums the series of one histogram whose labels pass. */
export function histogramIn (
  text: string, name: string, isWanted: (labels: string) => boolean = () => true
): Histogram {
  const sums = new Map<number, number>()
  const rows = text.matchAll(new RegExp(`^${name}_bucket\\{(.*)\\} (\\S+)$`, 'gm'))
  for (const [, labels = '', count] of rows) {
    if (!isWanted(labels)) continue
    const bound = Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity'))
    sums.set(bound, (sums.get(bound) ?? 0) + Number(count))
  }
  return sums
}

export function merged (histograms: readonly Histogram[]): Histogram {
  const sums = new Map<number, number>()
  for (const [bound, count] of histograms.flatMap(histogram => [...histogram])) {
    sums.set(bound, (sums.get(bound) ?? 0) + count)
  }
  return sums
}

/** NaN of no observations. */
export function quantileOf (histogram: Histogram, share: number): number {
  const buckets = [...histogram].sort(([a], [b]) => a - b)
  const total = buckets.at(-1)?.[1] ?? 0
  let [low, before] = [0, 0]
  for (const [bound, count] of buckets) {
    if (total > 0 && count >= share * total) {
      if (bound === Infinity) return low
      return count === before
        ? bound
        : low + (bound - low) * (share * total - before) / (count - before)
    }
    [low, before] = [bound, count]
  }
  return Number.NaN
}
