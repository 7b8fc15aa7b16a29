/**
 * Whether a title is asked for the first time.
 * in: a content ID, who may have it. out: true when nobody but edges and origins is known to.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { ProviderSource } from './discovery/index.ts'

/** Higher: slow sources are heard too; lower: a title comes sooner. */
const LOOK_MS = 3_000

export interface FirstRequestComponents {
  providers: Pick<ProviderSource, 'find'>
  /** What is known of one whose role its provider source does not tell. */
  isServer: (peer: PeerId) => boolean
}

export async function isFirstRequest (
  content: CID, { providers, isServer }: FirstRequestComponents, options: { signal: AbortSignal }
): Promise<boolean> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(LOOK_MS)])
  for await (const { peer, role } of providers.find(content, { signal })) {
    const isKnown = role === 'edge' || role === 'origin' || role === 'bootstrap'
    if (!isKnown && !isServer(peer)) return false
  }
  return true
}
