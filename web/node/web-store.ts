/**
 * A page's store. in: a quota. out: a started store in IndexedDB, or in memory where the browser
 * keeps nothing; and the titles in it.
 */

import type { ComponentLogger } from '@libp2p/interface'
import { FreeSpace, type MeasureDisk } from '../../daemon/store/free-space.ts'
import { MemoryBlockstore } from '../../daemon/store/memory-blockstore.ts'
import { MemoryCache } from '../../daemon/store/memory-cache.ts'
import { MemoryTables } from '../../daemon/store/memory-tables.ts'
import { QuotaStore } from '../../daemon/store/quota.ts'
import type { Store } from '../../daemon/store/types.ts'
import type { TitleList } from '../../daemon/retrieval/types.ts'
import type { Sha256 } from '../../protocols/cid.ts'
import { IndexedDbBlockstore } from './database/indexed-db-blockstore.ts'
import { IndexedDbTables } from './database/indexed-db-tables.ts'
import { PageDatabase } from './database/open-database.ts'
import { IndexedDbTitleList, MemoryTitleList } from './database/title-list.ts'

export interface WebStoreInit {
  /** {@link DEFAULT_QUOTA_BYTES}; in memory {@link MAX_MEMORY_BYTES} at most. */
  quotaBytes?: number
  /** Name of the database; two of them share nothing. */
  database?: string
  sha256: Sha256
  logger: ComponentLogger
}

export interface WebStore {
  store: Store
  titles: TitleList
  /** True when it is there after a reload. */
  isPersistent: boolean
}

/** Higher: more titles are played, and given to others, without a server; lower: less disk. */
export const DEFAULT_QUOTA_BYTES = 512 * 1024 * 1024
/** A listener's window and its share for the swarm fit. */
export const MAX_MEMORY_BYTES = 128 * 1024 * 1024
/** Blocks that several ask for are read from disk once. */
const HOT_BYTES = 16 * 1024 * 1024
/** Of what the browser gives the site: the rest is the site's. */
const KEEP_FREE_SHARE = 0.1

const POLICY = 'titles'

export async function openWebStore (init: WebStoreInit): Promise<WebStore> {
  const { quotaBytes = DEFAULT_QUOTA_BYTES, sha256, logger } = init
  const database = new PageDatabase(init.database)
  const freeSpace = storageSpace()
  const kept = new QuotaStore({
    blocks: new MemoryCache(new IndexedDbBlockstore({ database, sha256 }), HOT_BYTES),
    tables: new IndexedDbTables(database),
    clock: Date.now,
    logger,
    ...(freeSpace != null && { freeSpace })
  }, { quotaBytes, policy: POLICY })
  try {
    await kept.start()
    return { store: kept, titles: new IndexedDbTitleList(database), isPersistent: true }
  } catch (err) {
    logger.forComponent('cdnd:store')('the browser keeps nothing, so it stays in memory - %e', err)
    await database.close()
    const blocks = new MemoryBlockstore()
    const store = new QuotaStore({ blocks, tables: new MemoryTables(), clock: Date.now, logger }, {
      quotaBytes: Math.min(quotaBytes, MAX_MEMORY_BYTES), policy: POLICY
    })
    await store.start()
    return { store, titles: new MemoryTitleList(), isPersistent: false }
  }
}

/** Undefined where the browser does not tell. */
function storageSpace (): FreeSpace | undefined {
  const { storage } = navigator
  if (storage?.estimate == null) return undefined
  const measure: MeasureDisk = async () => {
    const { quota = 0, usage = 0 } = await storage.estimate()
    return { sizeBytes: quota, freeBytes: quota - usage }
  }
  return new FreeSpace(measure, KEEP_FREE_SHARE, Date.now)
}
