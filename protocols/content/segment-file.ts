/**
 * A segment of several blocks as a UnixFS file: one dag-pb node with its blocks as raw leaves.
 * in: the leaves' names and sizes. out: the node, byte for byte as `ipfs add --cid-version 1
 * --raw-leaves --max-file-links 1024` makes it, so that nobody has to store or send it.
 */

import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { cidOf, DAG_PB_CODE, type Sha256 } from '../cid.ts'
import type { Block, BlockRef, SegmentEntry } from './types.ts'

/** The dag-pb root over `blocks`, two or more, in the order of their bytes. */
export async function segmentRoot (blocks: BlockRef[], sha256: Sha256): Promise<Block> {
  const file = new UnixFS({ type: 'file', blockSizes: blocks.map(({ size }) => BigInt(size)) })
  const bytes = encode(prepare({
    Data: file.marshal(),
    Links: blocks.map(({ cid, size }) => ({ Name: '', Tsize: size, Hash: cid }))
  }))
  return { cid: await cidOf(bytes, sha256, DAG_PB_CODE), bytes }
}

/** False when a publisher lists blocks of another file than `entry.cid`. */
export async function isSegmentOfItsBlocks (entry: SegmentEntry, sha256: Sha256): Promise<boolean> {
  return entry.blocks == null || (await segmentRoot(entry.blocks, sha256)).cid.equals(entry.cid)
}
