/**
 * Media time. It is written in milliseconds to a thousandth and added up in whole microseconds, so
 * that everyone gets the same sums whatever the order of the additions.
 */

/** Whole microseconds of a time in milliseconds. */
export function toMicroseconds (ms: number): number {
  return Math.round(ms * 1000)
}

/** The nearest thousandth of a millisecond: the only form in which a duration is written. */
export function toThousandths (ms: number): number {
  return toMicroseconds(ms) / 1000
}

/** The exact sum, in milliseconds, of durations that are whole thousandths. */
export function sumMs (items: Iterable<{ durationMs: number }>): number {
  let microseconds = 0
  for (const { durationMs } of items) {
    microseconds += toMicroseconds(durationMs)
  }
  return microseconds / 1000
}
