/**
 * Cuts a segment file into blocks.
 * in: the file's bytes. out: its blocks and what an index page says of them.
 */

import { cidOf, type Sha256 } from '../cid.ts'
import { InvalidArgumentError } from '../errors.ts'
import {
  DEFAULT_BLOCK_BYTES, MAX_BLOCK_BYTES, MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES
} from '../limits.ts'
import { segmentRoot } from './segment-file.ts'
import type { Block, SegmentEntry } from './types.ts'

export interface ChunkOptions {
  sha256: Sha256
  /** {@link DEFAULT_BLOCK_BYTES}. Higher: fewer requests; lower: more sources share a segment. */
  blockBytes?: number
  /** Of the first block, where that is to be smaller; each is twice as long as the one before. */
  firstBlockBytes?: number
}

export interface ChunkedSegment {
  /** The entry for an index page, but for the duration, which the bytes do not tell. */
  entry: Omit<SegmentEntry, 'durationMs'>
  /** Views into the bytes given, in their order. */
  blocks: Block[]
  /** The UnixFS root, when there are several blocks. Whoever has the entry can make it anew. */
  rootBlock?: Block
}

/**
 * The blocks of a segment or init file.
 *
 * @throws InvalidArgumentError for no bytes, too many, or a block size that does not fit them
 */
export async function chunkSegment (
  bytes: Uint8Array, options: ChunkOptions
): Promise<ChunkedSegment> {
  const { sha256, blockBytes = DEFAULT_BLOCK_BYTES, firstBlockBytes = blockBytes } = options
  assertSizes(bytes.byteLength, blockBytes, firstBlockBytes)
  const blocks: Block[] = []
  let at = 0
  for (const length of lengthsOf(bytes.byteLength, blockBytes, firstBlockBytes)) {
    const part = bytes.subarray(at, at + length)
    blocks.push({ cid: await cidOf(part, sha256), bytes: part })
    at += length
  }
  const size = bytes.byteLength
  const [first, second] = blocks
  if (first != null && second == null) {
    return { entry: { size, cid: first.cid }, blocks }
  }
  const refs = blocks.map(({ cid, bytes }) => ({ cid, size: bytes.byteLength }))
  const rootBlock = await segmentRoot(refs, sha256)
  return { entry: { size, cid: rootBlock.cid, blocks: refs }, blocks, rootBlock }
}

function assertSizes (size: number, blockBytes: number, firstBlockBytes: number): void {
  for (const bytes of [blockBytes, firstBlockBytes]) {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > MAX_BLOCK_BYTES) {
      throw new InvalidArgumentError(`a block size of ${bytes}: give 1 to ${MAX_BLOCK_BYTES} bytes`)
    }
  }
  if (size < 1 || size > MAX_SEGMENT_BYTES) {
    throw new InvalidArgumentError(
      `a segment of ${size} bytes: 1 to ${MAX_SEGMENT_BYTES} are allowed; choose shorter segments`
    )
  }
  if (lengthsOf(size, blockBytes, firstBlockBytes).length > MAX_SEGMENT_BLOCKS) {
    const atLeast = Math.ceil(size / MAX_SEGMENT_BLOCKS)
    throw new InvalidArgumentError(
      `a segment of ${size} bytes would have more than ${MAX_SEGMENT_BLOCKS} blocks: ` +
      `make a block ${atLeast} bytes or more`
    )
  }
}

/** Those of the blocks; one too many where there would be more than is allowed. */
function lengthsOf (size: number, blockBytes: number, firstBlockBytes: number): number[] {
  const lengths: number[] = []
  let next = firstBlockBytes
  for (let left = size; left > 0 && lengths.length <= MAX_SEGMENT_BLOCKS; left -= lengths.at(-1)!) {
    lengths.push(Math.min(next, left))
    next = Math.min(2 * next, blockBytes)
  }
  return lengths
}
