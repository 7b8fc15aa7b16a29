/**
 * A title as the API shows it. in: its manifest, and what we hold. out: summaries a program or a
 * person can read.
 */

import { formatSegmentId, MASTER_PLAYLIST } from '../../protocols/content/index.ts'
import { base16 } from 'multiformats/bases/base16'
import type { Manifest } from '../../protocols/content/index.ts'
import type {
  RenditionSummary, SegmentSummary, SongDetail, SongSummary, TitleSummary
} from '../../protocols/control/index.ts'
import type { Blockstore } from '../store/index.ts'
import type { CallOptions } from './types.ts'

/** Segments listed of one rendition; the rendition's own count says how many there are. */
export const MAX_LISTED_SEGMENTS = 10_000

type Holds = Pick<Blockstore, 'has'>
export interface CatalogEntry { alias?: string, createdAt?: string }

export function songSummary ({ id, root }: Manifest, entry: CatalogEntry = {}): SongSummary {
  return {
    id: id.toString(),
    title: root.title,
    ...entry,
    durationMs: Math.max(0, ...root.renditions.map(({ durationMs }) => durationMs)),
    size: root.renditions.reduce((sum, { size }) => sum + size, 0),
    renditions: root.renditions.map(({ name }) => name)
  }
}

export async function songDetail (
  manifest: Manifest, store: Holds, entry: CatalogEntry = {}, options: CallOptions = {}
): Promise<SongDetail> {
  return {
    ...songSummary(manifest, entry),
    master: `/hls/${manifest.id}/${MASTER_PLAYLIST}`,
    segments: await segmentSummaries(manifest, store, options)
  }
}

/** All of {@link TitleSummary}; reads every index page, for only they name the blocks. */
export async function titleSummary (
  manifest: Manifest, store: Holds, entry: CatalogEntry & { isPinned: boolean },
  options: CallOptions = {}
): Promise<TitleSummary> {
  const { createdAt: _, isPinned, ...named } = entry
  const { id, title, durationMs, size } = songSummary(manifest)
  const renditions: RenditionSummary[] = []
  let heldBytes = 0
  for (const rendition of manifest.root.renditions) {
    const { pages: _, init: __, ...facts } = rendition
    const held = { blocks: 0, bytes: 0 }
    for await (const { blocks } of manifest.index(rendition.name).segments(options)) {
      for (const { cid, size } of blocks) {
        if (!store.has(cid)) continue
        held.blocks++
        held.bytes += size
      }
    }
    heldBytes += held.bytes
    renditions.push({ ...facts, held: held.blocks })
  }
  const publisher = base16.baseEncode(manifest.root.publisher)
  return { id, title, ...named, publisher, durationMs, size, heldBytes, isPinned, renditions }
}

/** The segments of every rendition, {@link MAX_LISTED_SEGMENTS} of each at most. */
export async function segmentSummaries (
  manifest: Manifest, store: Holds, options: CallOptions = {}
): Promise<Record<string, SegmentSummary[]>> {
  const listed: Record<string, SegmentSummary[]> = {}
  for (const { name } of manifest.root.renditions) {
    const segments: SegmentSummary[] = []
    for await (const { number, cid, durationMs, size, blocks } of
      manifest.index(name).segments(options)) {
      if (segments.length === MAX_LISTED_SEGMENTS) break
      segments.push({
        id: formatSegmentId({ content: manifest.id, rendition: name, number }),
        cid: cid.toString(),
        durationMs,
        size,
        blocks: blocks.length,
        held: blocks.filter(block => store.has(block.cid)).length
      })
    }
    listed[name] = segments
  }
  return listed
}
