/**
 * What a store of blocks does, whatever it is made of.
 */

import type { CID } from 'multiformats/cid'

export interface CallOptions {
  signal?: AbortSignal
}

export interface StoredBlock {
  cid: CID
  size: number
}

/** Block bytes by CID. A block that comes out is the block that went in, or is not there. */
export interface Blockstore {
  start (): Promise<void>
  stop (): Promise<void>
  has (cid: CID): boolean
  /** The block's bytes, or undefined. A damaged record counts as absent and is dropped. */
  get (cid: CID, options?: CallOptions): Promise<Uint8Array | undefined>
  /** Resolves once a `kill -9` can no longer lose or damage other blocks; the caller has checked the bytes. */
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

export interface StoreEvents {
  put: CustomEvent<StoredBlock>
  /** Removed by quota, TTL or hand. */
  delete: CustomEvent<StoredBlock>
}

/** A blockstore with a bound: the least recently used unpinned blocks make room. */
export interface Store extends Blockstore, Pins {
  readonly events: EventTarget
  readonly quotaBytes: number
}

/** Named sets of blocks that eviction passes over, also such as are not there yet. Kept over restarts. */
export interface Pins {
  pin (name: string, cids: Iterable<CID> | AsyncIterable<CID>, options?: CallOptions): Promise<void>
  unpin (name: string, options?: CallOptions): Promise<boolean>
  isPinned (cid: CID): boolean
  pins (): Iterable<{ name: string, blocks: number }>
}
