/**
 * Store: blocks on disk under a quota.
 * in: checked blocks. out: the same blocks, or nothing; never bytes that do not hash to their CID.
 */

export { diskCost } from './disk-cost.ts'
export type { StorePolicy } from './eviction-policy.ts'
export { openStore, type StoreBackend, type StoreInit } from './open-store.ts'
export { MAINTENANCE_INTERVAL_MS, QuotaStore, SWEEP_BLOCKS } from './quota.ts'
export type {
  Blockstore, CallOptions, Pins, Place, PutOptions, Store, StoredBlock, StoreEvents, Usage
} from './types.ts'
