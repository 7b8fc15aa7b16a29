/**
 * A page's node as the rest of a page sees it.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Delivery, Retrieval, Sessions } from '../../daemon/retrieval/index.ts'
import type { Store } from '../../daemon/store/types.ts'
import type { Role } from '../../protocols/exchange/types.ts'

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
  /** What peers have together before servers are asked too. Higher: fewer bytes from servers. */
  peerTimeMs?: number
  /** URLs of bootstraps' HTTP, at which pages meet. None: there is no swarm to join. */
  bootstrap?: readonly string[]
  /** Of one title, asked and connected to. Higher: more sources; lower: fewer connections. */
  maxPeers?: number
  /** To all others together; 0: nothing is uploaded. Absent: no limit. */
  uploadBytesPerSecond?: number
  /** Where the page is, as nodes name their regions; the bootstrap's unless given. */
  region?: string
  /** A swarm is joined when so many play the title, this page included. */
  minViewers?: number
  /** STUN and TURN servers besides those that bootstraps name. */
  stunServers?: readonly string[]
  turnServers?: readonly RTCIceServer[]
  /** Tells bootstraps how playing goes, in sums, for the operator's dashboard; true unless set. */
  report?: boolean
  /** Others are reached over TURN only, and see a TURN server's address in place of the page's. */
  relayOnly?: boolean
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

/** Blocks come from servers only; others are awaited, are being met, have been met. */
export type SwarmState = 'servers' | 'waiting' | 'joining' | 'joined'

export type TransportName = 'webrtc' | 'webrtc-direct' | 'websocket' | 'relay'

/** Another page, or a daemon, that this page talks to. */
export interface NeighbourView {
  /** Its peer ID, made for this visit where it is a page. */
  id: string
  /** The end of it, for people. */
  name: string
  role: Role
  region: string
  /** Until the first answer to a PING: absent. */
  rttMs?: number
  receivedBytes: number
  sentBytes: number
  transport: TransportName
}

export interface PageNode {
  readonly retrieval: Retrieval
  /** Gives segments to a player, and reads ahead of it. */
  readonly sessions: Sessions
  readonly store: Store
  /** False where the browser keeps nothing: what was fetched is gone after a reload. */
  readonly isPersistent: boolean
  /**
   * Dispatches `block` (CustomEvent<{@link BlockEvent}>), `state` (CustomEvent of
   * {@link SwarmState}), `neighbours` (Event) when somebody came or went, and `unserved` (Event)
   * when a player waits for what no server can be asked for, while no swarm is joined.
   */
  readonly events: EventTarget
  /** Blocks may be fetched from this server too. @throws InvalidArgumentError when it is no URL */
  addServer (url: string): void
  readonly state: SwarmState
  neighbours (): NeighbourView[]
  /**
   * Meets others: loads what that takes, and resolves when it is done. Waits while there are fewer
   * viewers than `minViewers`.
   *
   * @throws InvalidArgumentError without a bootstrap, UpstreamError when none can be reached, an
   *   AbortError when the swarm is left meanwhile
   */
  joinSwarm (): Promise<void>
  /** Leaves the others. Playback goes on from servers. */
  leaveSwarm (): Promise<void>
  start (): Promise<void>
  stop (): Promise<void>
}
