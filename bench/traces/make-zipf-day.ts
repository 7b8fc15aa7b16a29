/**
 * Writes the trace that `npm run bench -- zipf-day` plays, when one wants another day.
 * in: nothing. out: zipf-day.json beside this file.
 */

import { writeFileSync } from 'node:fs'
import { type TraceInit, zipfTrace } from '../../testnet/workload/zipf-trace.ts'

export const ZIPF_DAY: TraceInit = {
  seed: 1,
  listeners: 20,
  titles: 50,
  plays: 20,
  exponent: 0.9,
  shortestSeconds: 30,
  longestSeconds: 100,
  pauseSeconds: 5,
  arrivalSeconds: 30,
  skipped: 0.25,
  skipAfterSeconds: 5
}

/** A line a title, and a line a listener. */
export function traceText (init: TraceInit): string {
  const { titles, plays } = zipfTrace(init)
  const lines = (items: object[]): string =>
    items.map(item => `    ${JSON.stringify(item)}`).join(',\n')
  return `{
  "init": ${JSON.stringify(init)},
  "titles": [
${lines(titles)}
  ],
  "plays": [
${lines(plays)}
  ]
}
`
}

if (import.meta.main) {
  writeFileSync(new URL('./zipf-day.json', import.meta.url), traceText(ZIPF_DAY))
}
