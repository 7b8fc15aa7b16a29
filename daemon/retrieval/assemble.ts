/**
 * A file out of its blocks.
 * in: the blocks in the order of their bytes, and how one is fetched. out: all of them, fetched
 * side by side; the first that cannot be had ends the rest.
 */

import type { BlockRef, IndexedSegment } from '../../protocols/content/index.ts'
import { underSignal } from './abort.ts'
import type { FetchedBlock, FetchedSegment, SegmentOptions } from './types.ts'

/** A segment or init section. */
export interface WholeFile extends Pick<IndexedSegment, 'cid' | 'size'> {
  blocks: ReadonlyArray<BlockRef & { number?: number, neededMs?: number }>
}

export interface AssembleInit {
  /** Blocks under way at a time. */
  parallelBlocks: number
  signal?: AbortSignal
  /** As {@link SegmentOptions}'. */
  onBlock?: SegmentOptions['onBlock']
}

/** @throws what `fetch` throws, or the signal's reason */
export async function assemble (
  { cid, size, blocks }: WholeFile,
  fetch: (block: WholeFile['blocks'][number], signal?: AbortSignal) => Promise<FetchedBlock>,
  init: AssembleInit
): Promise<FetchedSegment> {
  const { signal, onBlock } = init
  signal?.throwIfAborted()
  const [only] = blocks
  const fetched = only != null && blocks.length === 1
    ? [await fetch(only, signal)]
    : await sideBySide(blocks, fetch, init)
  if (blocks.length === 1) {
    onBlock?.(fetched[0]!)
  }
  return {
    chunks: fetched.map(({ bytes }) => bytes),
    size,
    cid,
    deliveries: fetched.map(({ delivery }) => delivery)
  }
}

async function sideBySide (
  blocks: WholeFile['blocks'], fetch: Parameters<typeof assemble>[1],
  { parallelBlocks, onBlock, ...options }: AssembleInit
): Promise<FetchedBlock[]> {
  const fetched: FetchedBlock[] = []
  let told = 0
  await underSignal(async ({ signal }) => {
    const queue = blocks.entries()
    const work = async () => {
      for (const [i, block] of queue) {
        fetched[i] = await fetch(block, signal)
        while (onBlock != null && fetched[told] != null) {
          onBlock(fetched[told++]!)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(parallelBlocks, blocks.length) }, work))
  }, options)
  return fetched
}
