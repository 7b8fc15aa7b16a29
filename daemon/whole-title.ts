/**
 * All of a title, behind everything that plays.
 * in: a content ID. out: its blocks in our store, one segment after the other.
 */

import type { CID } from 'multiformats/cid'
import type { Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

/** Of one segment: whoever keeps a title can wait. */
const PATIENCE_MS = 20_000

export interface WholeTitleComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has'>
}

export interface WholeTitleOptions {
  signal: AbortSignal
  /** Waited for after so many bytes were fetched. */
  onBytes?: (bytes: number) => Promise<void>
}

/**
 * True when something was missing and is here now.
 *
 * @throws what retrieval throws
 */
export async function fetchWhole (
  content: CID, { retrieval, store }: WholeTitleComponents, options: WholeTitleOptions
): Promise<boolean> {
  const { signal, onBytes } = options
  const patience = { signal, priority: 'offline', timeoutMs: PATIENCE_MS } as const
  const isMissing = ({ cid }: { cid: CID }): boolean => !store.has(cid)
  const manifest = await retrieval.manifest(content, patience)
  let isNew = false
  // As segments first: so neighbours learn which of them we hold.
  for (const { name } of manifest.root.renditions) {
    for await (const { number, size, blocks } of manifest.index(name).segments({ signal })) {
      if (!blocks.some(isMissing)) continue
      await retrieval.segment(content, name, number, patience)
      isNew = true
      await onBytes?.(size)
    }
  }
  for await (const block of manifest.blocks({ signal })) {
    if (isMissing(block)) await retrieval.block({ ...block, content }, patience)
  }
  return isNew
}
