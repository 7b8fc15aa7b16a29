/**
 * BANDWIDTH as HLS means it (RFC 8216, 4.3.4.2): the highest rate over contiguous segments that
 * last 0.5 to 1.5 target durations, container included. A shorter last segment alone would make a
 * rate nobody sees.
 */

export interface SizedSegment {
  durationMs: number
  /** Bytes. */
  size: number
}

/** Bits per second. */
export function peakBandwidth (segments: SizedSegment[], targetMs: number): number {
  const long = segments.filter(({ durationMs }) => durationMs >= targetMs / 2)
  const rates = long.length > 0 ? long.map(rate) : [rate(total(segments))]
  return Math.ceil(rates.reduce((peak, each) => Math.max(peak, each), 0))
}

function rate ({ durationMs, size }: SizedSegment): number {
  return size * 8000 / durationMs
}

function total (segments: SizedSegment[]): SizedSegment {
  return segments.reduce((sum, { durationMs, size }) => ({
    durationMs: sum.durationMs + durationMs, size: sum.size + size
  }), { durationMs: 0, size: 0 })
}
