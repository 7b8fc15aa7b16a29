/**
 * What the blocks of a manifest say, checked.
 * in: blocks that hash to their CIDs. out: a root that its publisher signed; an index page that is
 * as its root says, with its segments numbered.
 *
 * A part of its own so that whoever opens the same titles for many nodes can read each block once.
 */

import type { Sha256 } from '../cid.ts'
import { InvalidPageError, InvalidRootError } from '../errors.ts'
import { blocksOf, decodePage, pageTotals } from './index-page.ts'
import { decodeRoot } from './root.ts'
import { isSegmentOfItsBlocks } from './segment-file.ts'
import { type VerifyOptions, verifyRoot } from './signature.ts'
import { toMicroseconds } from './timeline.ts'
import type {
  Block, BlockRef, ContentRoot, IndexedSegment, IndexPage, PageRef, SegmentEntry
} from './types.ts'

/** A page and what the pages before it add up to. */
export interface PagePlace {
  ref: PageRef
  segment: number
  block: number
  startMs: number
  /** What the root says of the first segment. */
  start?: SegmentEntry
}

export interface LoadedPage {
  /** The page's own block. */
  block: BlockRef
  segments: IndexedSegment[]
}

export interface ManifestReading {
  /** @throws InvalidRootError InvalidSignatureError WrongPublisherError */
  root (block: Block, options?: VerifyOptions): Promise<ContentRoot>
  /** @throws InvalidPageError */
  page (block: Block, place: PagePlace): Promise<LoadedPage>
}

/** Reads a block each time it is asked to. */
export const manifestReading = (sha256: Sha256): ManifestReading => ({
  async root ({ bytes }, options) {
    const root = decodeRoot(bytes)
    await verifyRoot(root, options)
    for (const { name, start } of root.renditions) {
      if (start != null && !await isSegmentOfItsBlocks(start, sha256)) {
        throw new InvalidRootError(`rendition ${name} starts with blocks of another segment`)
      }
    }
    return root
  },
  async page ({ cid, bytes }, place) {
    const page = decodePage(bytes)
    await assertTrue(page, place.ref, sha256)
    if (place.start != null && !isSame(place.start, page.segments[0]!)) {
      throw new InvalidPageError(`index page ${cid} starts with another segment than its root says`)
    }
    return { block: { cid, size: bytes.byteLength }, segments: numbered(page, place) }
  }
})

const TOTALS = ['segments', 'blocks', 'durationMs', 'size'] as const

/** Holds the page against its root's totals, and each segment's CID against its blocks. */
async function assertTrue (page: IndexPage, ref: PageRef, sha256: Sha256): Promise<void> {
  const totals = pageTotals(page)
  const lie = TOTALS.find(field => totals[field] !== ref[field])
  if (lie != null) {
    throw new InvalidPageError(
      `index page ${ref.cid} has ${lie} ${totals[lie]}, its root says ${ref[lie]}`
    )
  }
  for (const segment of page.segments) {
    if (!await isSegmentOfItsBlocks(segment, sha256)) {
      throw new InvalidPageError(
        `index page ${ref.cid} lists blocks that are not those of ${segment.cid}`
      )
    }
  }
}

function isSame (a: SegmentEntry, b: SegmentEntry): boolean {
  const blocks = blocksOf(b)
  return a.durationMs === b.durationMs && a.size === b.size && a.cid.equals(b.cid) &&
    blocksOf(a).length === blocks.length &&
    blocksOf(a).every(({ cid, size }, i) => size === blocks[i]!.size && cid.equals(blocks[i]!.cid))
}

/** Segments that follow each other, the first at that place. */
export function numbered (
  page: IndexPage, place: Pick<PagePlace, 'segment' | 'block' | 'startMs'>
): IndexedSegment[] {
  let block = place.block
  let startUs = toMicroseconds(place.startMs)
  return page.segments.map((entry, i) => {
    const startMs = startUs / 1000
    startUs += toMicroseconds(entry.durationMs)
    return {
      number: place.segment + i,
      startMs,
      durationMs: entry.durationMs,
      size: entry.size,
      cid: entry.cid,
      blocks: blocksOf(entry).map(ref => ({ ...ref, number: block++ }))
    }
  })
}
