/**
 * What one node sees of segment exchange: neighbours, what they hold, and blocks asked of them.
 */

import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { BlockRef } from '../content/index.ts'
import type { Coordinate } from '../rtt/index.ts'

export type Role = 'peer' | 'edge' | 'origin' | 'bootstrap'
export type Priority = 'urgent' | 'playing' | 'prefetch' | 'offline'

/** How much of each rendition of a title a node holds. */
export interface Holding {
  rendition: string
  /** Number of the first block the bitfield speaks of. */
  base: number
  /** Bit n (least significant first) is block base + n. */
  bitfield: Uint8Array
}

/** Blocks of a rendition that a node is getting from a server. */
export interface Loading {
  rendition: string
  blocks: number[]
}

export interface Hello {
  network: string
  role: Role
  region: string
  /** Bytes per second we are willing to upload, 0 for no limit. */
  uploadBytesPerSecond: number
  /** WANTs the sender will queue for us. */
  maxWants: number
  features: string[]
  /** The sender's signed node record (protocols/tracker), for peers who know no tracker. */
  record?: Uint8Array
}

export interface Want extends BlockRef {
  /** The title the block belongs to; absent for a bare block. */
  content?: CID
  priority?: Priority
  /** Milliseconds left until the block is of no use. */
  deadlineMs?: number
  /** Bytes of the block we have already: what comes after them is asked for and returned. */
  offset?: number
  /**
   * Peer IDs through which the WANT goes, the neighbour it is sent to first, the holder last; at
   * most MAX_ROUTE_HOPS. Absent: the neighbour is the holder.
   */
  route?: readonly string[]
  /** Which of the route, counted from 1, is asked to keep the block; for all of a title. */
  keeper?: number
}

export interface WantOptions {
  signal?: AbortSignal
  /** Told as bytes come: what will be returned, and how much of it is filled already. */
  onBytes?: (buffer: Uint8Array, filled: number) => void
  /** Told of block bytes that came in vain, after the WANT was given up. */
  onLate?: (bytes: number) => void
}

/** A round-trip time as measured, and how many have been: whoever looks at times sees each once. */
export interface LatestRtt { rttMs: number, count: number }

/** The other end of one exchange stream. */
export interface Neighbour {
  readonly peer: PeerId
  readonly hello: Hello
  /** Over a relay's connection, which is for words: no blocks either way till one is direct. */
  readonly isLimited: boolean
  /** Smoothed round-trip time (EMA, α = 0.3), undefined until the first PONG. */
  readonly rttMs: number | undefined
  /** The last PONG's alone; undefined as {@link rttMs} is. */
  readonly latestRtt?: LatestRtt | undefined
  /** Where it says it is, in its last PONG; undefined of one that does not say. */
  readonly coordinate?: Coordinate | undefined
  /** WANTs not answered yet, without those that it passes on. */
  readonly inFlight: number
  /** Bytes per second seen lately from this neighbour, undefined until something was received. */
  readonly rateBytesPerSecond: number | undefined
  /** No title is followed by either end, and nothing was asked or sent for a minute. */
  readonly isIdle?: boolean
  /** Bytes of the exchange stream so far, frames included. */
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Why we reset the stream, if we did: what the neighbour did wrong, or that it went silent. */
  readonly fault: Error | undefined
  /** Opens a channel for the title and resolves once the neighbour has told what it holds of it. */
  interest (content: CID, options?: { signal?: AbortSignal }): Promise<void>
  /** What the neighbour said of one block of a title we have a channel for. */
  holds (content: CID, rendition: string, block: number): 'have' | 'loading' | 'missing' | 'unknown'
  /** True when it holds at least something of the title; undefined until it has told. */
  holdsAny (content: CID): boolean | undefined
  /** True while the neighbour wants to hear what we hold of the title: it plays it, or keeps it. */
  isInterested (content: CID): boolean
  /** Closes the channel for the title, if there is one: we do not play it any more. */
  leave (content: CID): void
  /**
   * The block as sent, NOT yet verified; undefined when the neighbour does not have it.
   * Aborting sends CANCEL.
   *
   * @throws PeerBusyError PeerGoneError DeadlineError BlockTooLargeError, PeerUnreachableError
   *   where there is a route, or the signal's reason
   */
  want (want: Want, options?: WantOptions): Promise<Uint8Array | undefined>
  /**
   * Tells the neighbour that a block wanted of it already is wanted at another priority or
   * deadline. Without effect when it is not, or the neighbour is of a version without it.
   */
  raise (want: Pick<Want, 'cid' | 'priority' | 'deadlineMs'>): void
}

export interface ExchangeEvents {
  /** HELLO was exchanged. */
  open: CustomEvent<Neighbour>
  close: CustomEvent<Neighbour>
  /** A neighbour told of more (or less) that it holds of a title. */
  have: CustomEvent<{ neighbour: Neighbour, content: CID }>
  /** A neighbour, since banned, sent us wrong bytes to pass on to another. */
  wrong: CustomEvent<Neighbour>
}

export interface Exchange {
  readonly events: EventTarget
  readonly relayed: Readonly<Relayed>
  start (): Promise<void>
  stop (): Promise<void>
  neighbours (): Iterable<Neighbour>
  neighbour (peer: PeerId): Neighbour | undefined
  /**
   * The neighbour, dialled if need be.
   *
   * @throws PeerGoneError WrongNetworkError DeadlineError NeighbourLimitError PeerBannedError
   */
  connect (
    peer: PeerId, addresses: Multiaddr[], options?: { signal?: AbortSignal }
  ): Promise<Neighbour>
  /** Ends the stream with a peer and refuses new ones until `untilMs` (epoch). */
  ban (peer: PeerId, untilMs: number): void
}

/** What exchange serves: blocks from our store, and which of a title's blocks we have. */
export interface Inventory {
  get (cid: CID, options?: { signal?: AbortSignal }): Promise<Uint8Array | undefined>
  /** What we hold of a title; empty when we know nothing of it. */
  holdings (content: CID): Holding[]
  /** What we are getting of a title now. */
  pending?(content: CID): Loading[]
  /**
   * Dispatches `change` (CustomEvent<InventoryChange>) when blocks of a title come, are being
   * fetched, or go.
   */
  readonly events: EventTarget
}

export interface InventoryChange {
  content: CID
  rendition: string
  block: number
  state: 'have' | 'loading' | 'missing'
  /** True when it was told as loading before: neighbours wait to hear what became of it. */
  isAwaited?: boolean
}

/**
 * What the server side must not exceed. Read for each decision: limits may change at run time.
 * Rates are bytes of blocks a second, 0 or absent for no limit.
 */
export interface ServingLimits {
  /** To all together. */
  uploadBytesPerSecond: number
  /** To all peers, and to all edges and origins, out of that. */
  peersBytesPerSecond?: number
  edgesBytesPerSecond?: number
  /** To each of either. */
  perPeerBytesPerSecond?: number
  parallelTransfers: number
  /** What goes to loopback, link-local and private addresses is not counted. */
  isLanExempt?: boolean
  /** The link costs money: nothing is served, and nobody is told what we hold. */
  isMetered?: boolean
  /** Dispatches `change` when a limit has changed. */
  readonly events?: EventTarget
}

/** What we do for others at most as a relay. Read for each WANT: limits may change at run time. */
export interface RelayLimits {
  isEnabled: boolean
  /** For each who asks, bytes of blocks a second, 0 for no limit. */
  perPeerBytesPerSecond: number
  /** WANTs under way for each who asks. */
  parallelPerPeer: number
  /** Bytes of the blocks under way, for all together. */
  memoryBytes: number
}

/** What we did for others as a relay, since the start. */
export interface Relayed {
  blocks: number
  bytes: number
  /** WANTs whose way ended here or behind us. */
  refused: number
}

/** A block that passed through us and that we were asked to keep; its bytes are the CID's. */
export interface PassingBlock {
  cid: CID
  bytes: Uint8Array
  /** The title it belongs to, as who asks says. */
  content: CID
}

/** What is asked of a server that may be busy. */
export interface Asked {
  /** A block, or all of a segment; may be left out for whoever is not sent away. */
  cid?: CID
  /** Further blocks asked for with it: who is named has them all. */
  also?: readonly CID[]
  /** The title they belong to, where the asker said so. */
  content?: CID
  /** A player without a swarm to go to, or an edge, which has nobody else: it is not sent away. */
  isPlain: boolean
  /** Peer ID of the asker, where it is known: it is not named to itself. */
  asker?: string
}

/** A request being served. */
export interface Entry {
  /**
   * Once, when the last byte was handed over. `isMeasured` false: the asker went away, or we did
   * not have the block, so that the time says nothing of our own speed.
   */
  leave (isMeasured?: boolean): void
}

/** Not served: ask again later, or ask others now. */
export interface Refusal {
  retryAfterMs: number
  /** Multiaddrs that end in /p2p/ID, of peers who hold it. Never empty. */
  providers: string[]
}

/** Decides before a block is read whether it is served: an edge's or origin's software switch. */
export interface Admission {
  enter (asked: Asked): Entry | Refusal
}

/** What a host knows of memory that the language does not. */
export interface Memory {
  /** Bytes that need not be zero: what they were is not shown to anybody. */
  allocate (bytes: number): Uint8Array
  /** Told of bytes of a stream that have been read, of which nothing keeps a view. */
  giveBack (chunk: Uint8Array): void
}
