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
 * The first block of a first segment, unless that is larger than {@link MAX_SHORT_BYTES}: music
 * begins with a second of it, and a block is played once it is here as a whole. Higher: more comes
 * from whoever is fastest; lower: players that begin with more than a second wait again.
 */
export const FIRST_BLOCK_BYTES = 48 * 1024
/** A second of what is larger has several blocks in any case. */
export const MAX_SHORT_BYTES = 512 * 1024

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
        sha256, ...blockSizes(number, bytes, blockBytes)
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
  number: number, { byteLength }: Uint8Array, blockBytes: number
): Pick<ChunkOptions, 'blockBytes' | 'firstBlockBytes'> {
  return number === 0 && byteLength <= MAX_SHORT_BYTES
    ? { blockBytes, firstBlockBytes: Math.min(blockBytes, FIRST_BLOCK_BYTES) }
    : { blockBytes }
}

async function * readBlocks (
  renditions: SegmentedRendition[], manifest: BuiltManifest,
  { sha256, cids, blockBytes }: { sha256: Sha256, cids: CID[], blockBytes: number },
  options: { signal?: AbortSignal } = {}
): AsyncGenerator<Block> {
  let position = 0
  for (const { init, segments } of renditions) {
    for (const [place, path] of [init, ...segments.map(segment => segment.path)].entries()) {
      options.signal?.throwIfAborted()
      const bytes = await readFile(path)
      const { blocks, rootBlock } = await chunkSegment(bytes, {
        sha256, ...path !== init && blockSizes(place - 1, bytes, blockBytes)
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
