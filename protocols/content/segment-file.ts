/**
 * A segment of several blocks as a UnixFS file: one dag-pb node with its blocks as raw leaves.
 * in: the leaves' names and sizes. out: the node, byte for byte as `ipfs add --cid-version 1
 * --raw-leaves --max-file-links 1024` makes it, so that nobody has to store or send it; and back,
 * for a file that no title lists.
 */

import { decode, encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { cidOf, DAG_PB_CODE, type Sha256 } from '../cid.ts'
import { InvalidRootError } from '../errors.ts'
import { MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES } from '../limits.ts'
import { rawBlock, sum } from './shapes.ts'
import type { Block, BlockRef, NumberedBlock, SegmentEntry } from './types.ts'

/** What HAVE and announces call the blocks of a file that is no title's, in a rendition's place. */
export const FILE_RENDITION = 'file'

const leaves = z.array(rawBlock).check(
  z.minLength(1),
  z.maxLength(MAX_SEGMENT_BLOCKS),
  z.refine(blocks => sum(blocks, 'size') <= MAX_SEGMENT_BYTES, 'larger than a segment may be')
)

/** The dag-pb root over `blocks`, two or more, in the order of their bytes. */
export async function segmentRoot (blocks: BlockRef[], sha256: Sha256): Promise<Block> {
  const file = new UnixFS({ type: 'file', blockSizes: blocks.map(({ size }) => BigInt(size)) })
  const bytes = encode(prepare({
    Data: file.marshal(),
    Links: blocks.map(({ cid, size }) => ({ Name: '', Tsize: size, Hash: cid }))
  }))
  return { cid: await cidOf(bytes, sha256, DAG_PB_CODE), bytes }
}

/**
 * The blocks of a file by its name and its block of that name: of a UnixFS root the leaves, of any
 * other block itself. `bytes` were checked against `cid`.
 *
 * @throws InvalidRootError for a dag-pb node that is no file of raw leaves alone, or of too many
 */
export function fileBlocks (cid: CID, bytes: Uint8Array): NumberedBlock[] {
  const blocks = cid.code === DAG_PB_CODE ? leavesOf(bytes) : [{ cid, size: bytes.byteLength }]
  return blocks.map((block, number) => ({ ...block, number }))
}

/** False when a publisher lists blocks of another file than `entry.cid`. */
export async function isSegmentOfItsBlocks (entry: SegmentEntry, sha256: Sha256): Promise<boolean> {
  return entry.blocks == null || (await segmentRoot(entry.blocks, sha256)).cid.equals(entry.cid)
}

function leavesOf (bytes: Uint8Array): BlockRef[] {
  try {
    const { Data, Links } = decode(bytes)
    const { type, data, blockSizes } = UnixFS.unmarshal(Data ?? new Uint8Array())
    if (type !== 'file' || (data?.byteLength ?? 0) > 0 || blockSizes.length !== Links.length) {
      throw new Error(`a ${type} of ${blockSizes.length} sizes and ${Links.length} leaves`)
    }
    return leaves.parse(Links.map(({ Hash }, i) => ({ cid: Hash, size: Number(blockSizes[i]) })))
  } catch (cause) {
    throw new InvalidRootError('not the root of a file of one level of raw leaves', { cause })
  }
}
