/**
 * A long announce, cut into statements that each fit in an envelope.
 * in: titles, some with thousands of segments.
 * out: batches; a title whose segments fill several stands in each.
 */

import {
  MAX_ANNOUNCED_SEGMENTS, MAX_ANNOUNCED_TITLES, MAX_ENVELOPE_BYTES, MAX_RECORD_BYTES
} from '../limits.ts'
import { encodeFields } from './fields.ts'
import type { AnnouncedTitle } from './types.ts'

/** What an envelope holds beside the titles: the node's record, and the fields around them. */
const MAX_BATCH_BYTES = MAX_ENVELOPE_BYTES - MAX_RECORD_BYTES - 1024
/** A CID in DAG-CBOR: tag, length, identity prefix and 36 bytes. */
const SEGMENT_BYTES = 41
const SEGMENTS_PER_PIECE = Math.min(
  MAX_ANNOUNCED_SEGMENTS, Math.floor(MAX_BATCH_BYTES / 2 / SEGMENT_BYTES)
)

export function splitTitles (titles: AnnouncedTitle[]): AnnouncedTitle[][] {
  const batches: AnnouncedTitle[][] = []
  let batch: AnnouncedTitle[] = []
  let bytes = 0
  for (const piece of titles.flatMap(splitTitle)) {
    const size = encodedSize(piece)
    if (batch.length === MAX_ANNOUNCED_TITLES || bytes + size > MAX_BATCH_BYTES) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(piece)
    bytes += size
  }
  return batch.length > 0 ? [...batches, batch] : batches
}

/** Pieces of at most half a batch: `batch` above is then never empty when it is closed. */
function splitTitle (title: AnnouncedTitle): AnnouncedTitle[] {
  const { segments = [], ...rest } = title
  if (segments.length === 0) {
    return [rest]
  }
  const pieces: AnnouncedTitle[] = []
  for (let at = 0; at < segments.length; at += SEGMENTS_PER_PIECE) {
    pieces.push({ ...rest, segments: segments.slice(at, at + SEGMENTS_PER_PIECE) })
  }
  return pieces
}

const encodedSize = ({ segments = [], ...rest }: AnnouncedTitle): number =>
  encodeFields(rest).byteLength + segments.length * SEGMENT_BYTES + 16
