/**
 * What a store of blocks does, whatever it is made of.
 */

import type { CID } from 'multiformats/cid'

export interface CallOptions {
  signal?: AbortSignal
}

export interface StoredBlock {
  cid: CID
  /** Bytes. */
  size: number
}

/**
 * Block bytes by CID. A block that comes out is the block that went in, or is not there. Calls
 * about one block take effect in the order they were made.
 */
export interface Blockstore {
  start (): Promise<void>
  stop (): Promise<void>
  has (cid: CID): boolean
  /** Bytes the block has, without reading it; undefined when it is not there. */
  sizeOf (cid: CID): number | undefined
  /**
   * The block's bytes, not to be written to; or undefined, also when its record is damaged: a
   * {@link Store} then drops it.
   */
  get (cid: CID, options?: CallOptions): Promise<Uint8Array | undefined>
  /**
   * Resolves once a `kill -9` can no longer lose the block or damage others. The caller has checked
   * the bytes, and leaves them alone until then. A block already there is left as it is.
   *
   * @throws InvalidCidError DiskFullError
   */
  put (cid: CID, bytes: Uint8Array, options?: CallOptions): Promise<void>
  /** True when it was there. */
  delete (cid: CID, options?: CallOptions): Promise<boolean>
  /** Every block held. */
  entries (): Iterable<StoredBlock>
  usage (): Usage
}

export interface Usage {
  blocks: number
  /** Bytes of the blocks. */
  bytes: number
  /** Bytes on disk, overhead and holes included. */
  diskBytes: number
}

/** What a store dispatches on `events`. */
export interface StoreEvents {
  put: CustomEvent<StoredBlock>
  /** Removed by quota, TTL, damage or hand. */
  delete: CustomEvent<StoredBlock>
}

/** Where a block stands, by which a store may judge what to keep. */
export interface Place {
  /** Names what is played together: a title's rendition. */
  title: string
  /** The block's number there, where it is known. */
  number?: number
}

export interface PutOptions extends CallOptions {
  place?: Place
}

/** A blockstore with a bound: unpinned blocks make room, by the store's policy. */
export interface Store extends Blockstore, Pins {
  /** Dispatches {@link StoreEvents}. */
  readonly events: EventTarget
  readonly quotaBytes: number
  /** Changes the quota, and evicts down to it as far as the pins allow. */
  setQuota (quotaBytes: number, options?: CallOptions): Promise<void>
  /** @throws InvalidCidError DiskFullError QuotaExceededError */
  put (cid: CID, bytes: Uint8Array, options?: PutOptions): Promise<void>
  /** Counts a use by one who had the bytes from elsewhere, such as a cache in memory. */
  use (cid: CID): void
  /** What few others hold may stay a little longer: `holders` says how many hold a title. */
  weigh (holders: (title: string) => number | undefined): void
}

/**
 * Named sets of blocks that eviction passes over, also such as are not there yet. Kept over
 * restarts.
 */
export interface Pins {
  /** Adds to the set of that name; a block stays pinned while any set names it. */
  pin (name: string, cids: Iterable<CID> | AsyncIterable<CID>, options?: CallOptions): Promise<void>
  /** Drops the whole set. True when there was one. */
  unpin (name: string, options?: CallOptions): Promise<boolean>
  isPinned (cid: CID): boolean
  pins (): Iterable<{ name: string, blocks: number }>
}
