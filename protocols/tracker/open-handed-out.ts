/**
 * What a tracker hands out, checked again: a tracker is believed in nothing it could make up.
 * in: envelopes. out: those whose records keep the rules.
 */

import type { RecordReader } from './record-reader.ts'
import type { HandedOut, TrackedProvider } from './types.ts'

export async function openHandedOut (
  handedOut: HandedOut[], records: RecordReader
): Promise<TrackedProvider[]> {
  const opened = await Promise.allSettled(
    handedOut.map(async one => ({ ...one, record: await records.open(one.envelope) }))
  )
  // One bad record must not hide the good ones beside it; whoever made it gains nothing.
  return opened.flatMap(one => one.status === 'fulfilled' ? [one.value] : [])
}
