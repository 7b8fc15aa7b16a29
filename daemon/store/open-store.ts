/**
 * Puts a store together. in: a folder and a quota. out: a started store.
 *
 *   <path>/index    level: blocks, pins, times of last use; its lock is the store's
 *   <path>/…        the backend's bytes
 */

import type { ComponentLogger } from '@libp2p/interface'
import { mkdir, readdir } from 'node:fs/promises'
import type { Clock } from '../../protocols/clock.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import type { StorePolicy } from './eviction-policy.ts'
import { FileBlockstore } from './file-blockstore.ts'
import { FreeSpace } from './free-space.ts'
import { LevelTables } from './level-tables.ts'
import { LogBlockstore } from './log-blockstore.ts'
import { measureDisk } from './measure-disk.ts'
import { MemoryBlockstore } from './memory-blockstore.ts'
import { MemoryCache } from './memory-cache.ts'
import { MemoryTables } from './memory-tables.ts'
import { QuotaStore } from './quota.ts'
import type { Tables } from './table.ts'
import type { Blockstore, Store } from './types.ts'

/** Where bytes go. A new kind of disk backend is one line here. */
const DISK_BACKENDS = {
  files: (path: string, tables: Tables): Blockstore => new FileBlockstore(path, tables),
  log: (path: string, tables: Tables): Blockstore => new LogBlockstore(path, tables)
}

type DiskBackend = keyof typeof DISK_BACKENDS

/** `auto`: the one that the folder has already, else {@link NEW_BACKEND}. */
export type StoreBackend = DiskBackend | 'memory' | 'auto'

export const DEFAULT_BACKEND: StoreBackend = 'auto'
const NEW_BACKEND: DiskBackend = 'log'

/** By the folder in which it keeps bytes. */
const FOLDERS = new Map<string, DiskBackend>([['blocks', 'files'], ['log', 'log']])

/** Share of the disk left to others. Higher: safer for the machine; lower: more cache. */
export const DEFAULT_KEEP_FREE_SHARE = 0.05

export interface StoreInit {
  /** The store's folder, made when absent; the backend 'memory' alone needs none. */
  path?: string
  /** What the blocks may take on disk. Higher: more hits; pinned blocks count too. */
  quotaBytes: number
  /** Age since last use past which an unpinned block goes. Forever unless set. */
  ttlMs?: number
  /** Which blocks make room, `lru` unless set. */
  policy?: StorePolicy
  /** From 0 to 1, {@link DEFAULT_KEEP_FREE_SHARE} unless set. */
  keepFreeShare?: number
  /** {@link DEFAULT_BACKEND} unless set. */
  backend?: StoreBackend
  /** Bytes of blocks in memory too, none unless set. Higher: fewer reads of the disk. */
  memoryBytes?: number
  clock?: Clock
  logger?: ComponentLogger
}

/**
 * Opens the store in a folder; `stop()` closes it.
 *
 * @throws StoreLockedError InvalidArgumentError
 * @example
 * const store = await openStore({ path: '/var/lib/cdnd/store', quotaBytes: 1e9 })
 * await store.put(cid, bytes)
 */
export async function openStore (init: StoreInit): Promise<Store> {
  const clock = init.clock ?? Date.now
  const common = { clock, ...(init.logger == null ? {} : { logger: init.logger }) }
  const store = new QuotaStore({ ...common, ...await openParts(init, clock) }, init)
  await store.start()
  return store
}

async function openParts (
  init: StoreInit, clock: Clock
): Promise<{ blocks: Blockstore, tables: Tables, freeSpace?: FreeSpace }> {
  const { backend = DEFAULT_BACKEND, keepFreeShare = DEFAULT_KEEP_FREE_SHARE, path } = init
  const { memoryBytes = 0 } = init
  if (backend === 'memory') return { blocks: new MemoryBlockstore(), tables: new MemoryTables() }
  if (path == null) throw new InvalidArgumentError(`the store backend "${backend}" needs a path`)
  await mkdir(path, { recursive: true })
  const tables = new LevelTables(path)
  const blocks = DISK_BACKENDS[await diskBackend(path, backend)](path, tables)
  return {
    tables,
    blocks: memoryBytes > 0 ? new MemoryCache(blocks, memoryBytes) : blocks,
    freeSpace: new FreeSpace(measureDisk(path), keepFreeShare, clock)
  }
}

/** One backend would take the other's blocks for gone, and drop them. */
async function diskBackend (
  path: string, wanted: DiskBackend | 'auto'
): Promise<DiskBackend> {
  const there = (await readdir(path)).map(name => FOLDERS.get(name)).find(kind => kind != null)
  const chosen = wanted === 'auto' ? there ?? NEW_BACKEND : wanted
  if (there == null || there === chosen) return chosen
  throw new InvalidArgumentError(`the blocks in ${path} lie in the store backend "${there}", not ` +
    `"${chosen}": leave it at "auto", or choose another folder`)
}
