/**
 * From renditions on disk to a signed title.
 * in: init sections and segments. out: the manifest, and all blocks under it, read again on demand.
 *
 * Nothing is stored here: the names of all blocks are known before the first is written, which is
 * what lets an ingest be undone. One segment is in memory at a time.
 */

import { readFile } from 'node:fs/promises'
import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../protocols/cid.ts'
import {
  type Block, type BuiltManifest, buildManifest, checkBlock, type ChunkOptions, chunkSegment,
  type RenditionInput, type SegmentEntry, type TitleInput
} from '../protocols/content/index.ts'
import { peakBandwidth } from './bandwidth.ts'
import { parseInitSection } from './init-section.ts'
import type { PublishSettings, SegmentedRendition } from './types.ts'

/**
 * What the first block of a rendition plays for: music begins with a second of it, and a block is
 * played once it is here as a whole. The next ones are each twice as long. Higher: more comes from
 * whoever is fastest; lower: players that begin with more than a second wait again.
 */
export const FIRST_BLOCK_MS = 1_500
/** Less is not sooner here. */
const MIN_FIRST_BLOCK_BYTES = 16 * 1024

export interface PackComponents {
  /** The publisher's. */
  privateKey: PrivateKey
  sha256: Sha256
}

export interface PackOptions {
  signal?: AbortSignal
  /** 0 to 100. */
  onProgress?: (percent: number) => void
}

export interface PackedTitle extends Pick<BuiltManifest, 'id' | 'root'> {
  /** Every block: of media, the UnixFS roots over them, pages, and the content root last. */
  cids: CID[]
  /** The same, with their bytes. @throws BlockMismatchError when a file changed since */
  blocks (options?: { signal?: AbortSignal }): AsyncGenerator<Block>
}

/** @throws InvalidMediaError InvalidArgumentError InvalidRootError InvalidPageError */
export async function packTitle (
  title: string, renditions: SegmentedRendition[], settings: PublishSettings,
  components: PackComponents, options: PackOptions = {}
): Promise<PackedTitle> {
  const { privateKey, sha256 } = components
  const { blockBytes } = settings
  const count = renditions.reduce((sum, { segments }) => sum + segments.length, 0)
  const cids: CID[] = []
  const inputs: RenditionInput[] = []
  let done = 0
  for (const rendition of renditions) {
    const init = await readFile(rendition.init)
    // Always one block, whatever the block size.
    const { entry: { cid, size } } = await chunkSegment(init, { sha256 })
    cids.push(cid)
    const segments: SegmentEntry[] = []
    for (const [number, { path, durationMs }] of rendition.segments.entries()) {
      options.signal?.throwIfAborted()
      const bytes = await readFile(path)
      const { entry, blocks, rootBlock } = await chunkSegment(bytes, {
        sha256, ...blockSizes(number, { bytes, durationMs }, blockBytes)
      })
      cids.push(...blocks.map(block => block.cid), ...rootBlock == null ? [] : [rootBlock.cid])
      segments.push({ ...entry, durationMs })
      options.onProgress?.(100 * ++done / count)
    }
    inputs.push({
      name: rendition.name,
      bandwidth: peakBandwidth(segments, settings.segmentMs),
      ...parseInitSection(init),
      init: { cid, size },
      segments
    })
  }
  const input: TitleInput = { title, kind: 'vod', renditions: inputs }
  const manifest = await buildManifest(input, privateKey, sha256)
  cids.push(...manifest.blocks.map(block => block.cid))
  const { id, root } = manifest
  const settled = { sha256, cids, blockBytes }
  return { id, root, cids, blocks: options => readBlocks(renditions, manifest, settled, options) }
}

function blockSizes (
  number: number, segment: { bytes: Uint8Array, durationMs: number }, blockBytes: number
): Pick<ChunkOptions, 'blockBytes' | 'firstBlockBytes'> {
  if (number > 0) return { blockBytes }
  return { blockBytes, firstBlockBytes: Math.min(blockBytes, firstBlockBytes(segment)) }
}

/** Of a first segment. */
export function firstBlockBytes (
  { bytes: { byteLength }, durationMs }: { bytes: Uint8Array, durationMs: number }
): number {
  return Math.max(MIN_FIRST_BLOCK_BYTES, Math.ceil(byteLength * FIRST_BLOCK_MS / durationMs))
}

async function * readBlocks (
  renditions: SegmentedRendition[], manifest: BuiltManifest,
  { sha256, cids, blockBytes }: { sha256: Sha256, cids: CID[], blockBytes: number },
  options: { signal?: AbortSignal } = {}
): AsyncGenerator<Block> {
  let position = 0
  for (const { init, segments } of renditions) {
    const files = [{ path: init, durationMs: 0 }, ...segments]
    for (const [place, { path, durationMs }] of files.entries()) {
      options.signal?.throwIfAborted()
      const bytes = await readFile(path)
      const { blocks, rootBlock } = await chunkSegment(bytes, {
        sha256, ...place > 0 && blockSizes(place - 1, { bytes, durationMs }, blockBytes)
      })
      for (const { bytes } of [...blocks, ...rootBlock == null ? [] : [rootBlock]]) {
        const cid = cids[position++]!
        await checkBlock(cid, bytes, sha256)
        yield { cid, bytes }
      }
    }
  }
  yield * manifest.blocks
}
