/**
 * Files of our own store that belong to no title, such as `POST /segments` leaves.
 * in: the CID of a block or of a UnixFS file. out: its bytes, when every block of it is here.
 */

import { decode } from '@ipld/dag-pb'
import { DAG_PB_CODE } from '../../protocols/cid.ts'
import { MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES } from '../../protocols/limits.ts'
import type { CID } from 'multiformats/cid'
import type { Blockstore } from '../store/index.ts'
import type { CallOptions } from './types.ts'

export async function readLocalFile (
  cid: CID, store: Pick<Blockstore, 'get'>, options: CallOptions
): Promise<Uint8Array[] | undefined> {
  const bytes = await store.get(cid, options)
  if (bytes === undefined || cid.code !== DAG_PB_CODE) return bytes && [bytes]
  const { Links } = decode(bytes)
  if (Links.length > MAX_SEGMENT_BLOCKS) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for (const { Hash } of Links) {
    const chunk = await store.get(Hash, options)
    size += chunk?.byteLength ?? 0
    if (chunk === undefined || size > MAX_SEGMENT_BYTES) return undefined
    chunks.push(chunk)
  }
  return chunks
}
