/**
 * Index page: the segments of a rendition, as many as fit one small block.
 *
 *   DAG-CBOR {segments: [{durationMs, size, cid, blocks?: [{cid, size}]}]}
 */

import { encode } from '@ipld/dag-cbor'
import * as z from 'zod/mini'
import { InvalidPageError } from '../errors.ts'
import { FIRST_PAGE_SEGMENTS, MAX_PAGE_BYTES, MAX_PAGE_SEGMENTS } from '../limits.ts'
import { decodeCanonical, encodeCanonical, type Form } from './canonical.ts'
import { segmentEntry, sum } from './shapes.ts'
import { sumMs } from './timeline.ts'
import type { BlockRef, IndexPage, PageRef, SegmentEntry } from './types.ts'

const schema = z.strictObject({
  segments: z.array(segmentEntry).check(z.minLength(1), z.maxLength(MAX_PAGE_SEGMENTS))
})

const form: Form<IndexPage> = {
  name: 'index page', schema, maxBytes: MAX_PAGE_BYTES, Refusal: InvalidPageError
}

/** `{segments: [` with the longest array header. */
const PAGE_OVERHEAD_BYTES = 16

/** @throws InvalidPageError */
export function encodePage (page: IndexPage): Uint8Array {
  return encodeCanonical(page, form)
}

/** @throws InvalidPageError */
export function decodePage (bytes: Uint8Array): IndexPage {
  return decodeCanonical(bytes, form)
}

/** What a root says of a page, its CID aside. */
export function pageTotals ({ segments }: IndexPage): Omit<PageRef, 'cid'> {
  return {
    segments: segments.length,
    blocks: segments.reduce((total, { blocks }) => total + (blocks?.length ?? 1), 0),
    durationMs: sumMs(segments),
    size: sum(segments, 'size')
  }
}

/** The blocks of a segment, in the order of their bytes. */
export function blocksOf (entry: SegmentEntry): BlockRef[] {
  return entry.blocks ?? [{ cid: entry.cid, size: entry.size }]
}

/** The fewest pages that hold `segments` in order, the first one short. */
export function paginate (segments: SegmentEntry[]): IndexPage[] {
  const pages: IndexPage[] = []
  let page: IndexPage = { segments: [] }
  let bytes = PAGE_OVERHEAD_BYTES
  for (const segment of segments) {
    const length = encode(segment).byteLength
    const room = pages.length <= 1 ? FIRST_PAGE_SEGMENTS : MAX_PAGE_SEGMENTS
    if (pages.length === 0 || page.segments.length === room || bytes + length > MAX_PAGE_BYTES) {
      page = { segments: [] }
      bytes = PAGE_OVERHEAD_BYTES
      pages.push(page)
    }
    page.segments.push(segment)
    bytes += length
  }
  return pages
}
