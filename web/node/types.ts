/**
 * A page's node as the rest of a page sees it.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Delivery, Retrieval, Sessions } from '../../daemon/retrieval/index.ts'
import type { Store } from '../../daemon/store/types.ts'

export interface PageNodeInit {
  /**
   * `http(s)://host:port` of edges and origins that blocks may be fetched from, before and without
   * a swarm.
   */
  bases: readonly string[]
  /** Blocks kept in the browser, in bytes. Higher: less is fetched again; lower: less disk. */
  quotaBytes?: number
  /** Name of the database in the browser; two nodes of one name share what they keep. */
  database?: string
  /** For a whole segment. Lower: a player hears of failure sooner. */
  segmentTimeoutMs?: number
  /** Absent: nothing is logged. */
  logger?: ComponentLogger
}

/** Where a block came from: our own store, another page or daemon, a server. */
export type BlockOrigin = 'cache' | 'peer' | 'edge' | 'origin'

/** A block that came to us, in `detail` of the event `block`. */
export interface BlockEvent {
  cid: CID
  content?: CID
  rendition?: string
  /** Its number among the blocks of its rendition, when it is a segment's. */
  number?: number
  source: BlockOrigin
  /** Peer ID or URL; absent for our own store. */
  from?: string
  bytes: number
  /** From wanting it to having it. */
  ms: number
  rttMs?: number
  /** As {@link Delivery}'s: when its bytes were on their way. */
  wire?: NonNullable<Delivery['wire']>
}

export interface PageNode {
  readonly retrieval: Retrieval
  /** Gives segments to a player, and reads ahead of it. */
  readonly sessions: Sessions
  readonly store: Store
  /** False where the browser keeps nothing: what was fetched is gone after a reload. */
  readonly isPersistent: boolean
  /** Dispatches `block` (CustomEvent<{@link BlockEvent}>). */
  readonly events: EventTarget
  /** Blocks may be fetched from this server too. @throws InvalidArgumentError when it is no URL */
  addServer (url: string): void
  start (): Promise<void>
  stop (): Promise<void>
}
