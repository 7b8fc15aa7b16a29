/**
 * Exponential moving average. in: the value so far and a new sample. out: the value now.
 */

/** Weight of a new sample. Higher: follows changes faster; lower: steadier. */
export const EMA_ALPHA = 0.3

/** The first sample is taken as it is. */
export function ema (
  previous: number | undefined, sample: number, alpha: number = EMA_ALPHA
): number {
  return previous == null ? sample : previous + alpha * (sample - previous)
}
