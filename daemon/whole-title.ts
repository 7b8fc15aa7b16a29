/**
 * All of a title, behind everything that plays.
 * in: a content ID. out: its blocks in our store, one segment after the other. When it is asked for
 * the first time, relays on the way to a server are asked to keep each its share.
 */

import type { CID } from 'multiformats/cid'
import type { Retrieval } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

/** Of one segment: whoever keeps a title can wait. */
const PATIENCE_MS = 20_000

export interface WholeTitleComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'segment' | 'block'>
  store: Pick<Store, 'has'>
  /** True when nobody but servers has it; absent: nobody is asked to keep a share. */
  isFirst?: (content: CID, options: { signal: AbortSignal }) => Promise<boolean>
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
  content: CID, { retrieval, store, isFirst }: WholeTitleComponents, options: WholeTitleOptions
): Promise<boolean> {
  const { signal, onBytes } = options
  const patience = { signal, priority: 'offline', timeoutMs: PATIENCE_MS } as const
  const isMissing = ({ cid }: { cid: CID }): boolean => !store.has(cid)
  const manifest = await retrieval.manifest(content, patience)
  const isSpread = await isFirst?.(content, { signal }) ?? false
  let isNew = false
  // As segments first: so neighbours learn which of them we hold.
  for (const { name } of manifest.root.renditions) {
    for await (const { number, size, blocks } of manifest.index(name).segments({ signal })) {
      if (!blocks.some(isMissing)) continue
      const spread = isSpread ? { spread: number } : {}
      await retrieval.segment(content, name, number, { ...patience, ...spread })
      isNew = true
      await onBytes?.(size)
    }
  }
  for await (const block of manifest.blocks({ signal })) {
    if (isMissing(block)) await retrieval.block({ ...block, content }, patience)
  }
  return isNew
}
