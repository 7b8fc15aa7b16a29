/**
 * Where cdnd and the bare exchange keep pieces: the same store, so that what differs is the way
 * there.
 */

import { join } from 'node:path'
import { openStore, type Store } from '../../daemon/store/index.ts'
import type { Load } from './contender.ts'

/** Larger than any load, so that nothing is evicted. */
const QUOTA_BYTES = 8e9

export async function openSink ({ sink, folder }: Load): Promise<Store> {
  return await openStore({
    quotaBytes: QUOTA_BYTES,
    path: join(folder, 'store'),
    // On disk the default backend: what is shipped is measured.
    ...(sink === 'memory' && { backend: 'memory' })
  })
}
