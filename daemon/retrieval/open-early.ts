/**
 * What every player asks for one after the other, got at once.
 * in: a title and a rendition, or none where the player is to choose. out: its root, then its index
 * pages, its init section and its first segment, all in the store: two round trips, three where the
 * root does not say what the first segment is.
 */

import type { CID } from 'multiformats/cid'
import type { SegmentIndex } from '../../protocols/content/index.ts'
import type { Retrieval } from './types.ts'

/** Index pages got early. A playlist needs all of them, and few titles have more. */
const MAX_PAGES = 8

/**
 * @throws what retrieval throws, once all of it has ended
 */
export async function openEarly (
  retrieval: Pick<Retrieval, 'manifest' | 'init' | 'segment'>, content: CID, name: string,
  { signal, neededMs }: { signal: AbortSignal, neededMs: number }
): Promise<void> {
  const options = { signal, priority: 'urgent' } as const
  const manifest = await retrieval.manifest(content, options)
  const index = manifest.index(name)
  const outcomes = await Promise.allSettled([
    retrieval.segment(content, name, index.first, { ...options, neededMs }),
    ...(index.rendition.init == null ? [] : [retrieval.init(content, name, options)]),
    firstPage(index, signal),
    ...laterPages(index).map(number => index.segment(number, { signal }))
  ])
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason
  }
}

/** The first segment alone may not need it. */
async function firstPage (index: SegmentIndex, signal: AbortSignal): Promise<void> {
  for await (const _ of index.segments({ signal })) return
}

/** The number of the first segment of each page but the first. */
function laterPages ({ rendition, first }: SegmentIndex): number[] {
  const starts: number[] = []
  let next = first
  for (const { segments } of rendition.pages.slice(0, MAX_PAGES)) {
    starts.push(next)
    next += segments
  }
  return starts.slice(1)
}
