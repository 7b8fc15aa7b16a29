/**
 * What nodes say of themselves, signed, and what a tracker answers.
 */

import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Role } from '../exchange/index.ts'
import type { StatementKind } from './statement.ts'

/** A node's description of itself. Only the node can make one: it is signed with the node's key. */
export interface NodeRecord {
  network: string
  peer: PeerId
  role: Role
  region: string
  addresses: Multiaddr[]
  /** Base URL of an edge's or origin's public HTTP. */
  http?: string
  /** Only a higher one replaces a record. */
  seq: number
  issuedAtMs: number
  /**
   * RTTs to edges and origins, then to neighbours, by peer ID: what RTTs between strangers are
   * estimated from, and the links of the topology.
   */
  rtts: Array<{ peer: string, rttMs: number }>
  /** Where it is by network coordinates, milliseconds; error 0 … 1 and above. */
  coordinate?: { x: number, y: number, heightMs: number, error: number }
  /** What an edge or origin serves, as a share of what it serves well at once; may exceed 1. */
  load?: number
  /**
   * The operator key's signature over the node's peer ID, role and http, where the network has one.
   */
  endorsement?: Uint8Array
}

export interface AnnouncedTitle {
  content: CID
  renditions: Array<{ rendition: string, held: number, blocks: number }>
  /** Segment and block CIDs that lead to the title, for the segment → root map; an origin's. */
  segments?: CID[]
}

/** A record as a tracker hands it out: the envelope, so that the asker checks it again. */
export interface TrackedProvider {
  record: NodeRecord
  /** The signed envelope the record came from. */
  envelope: Uint8Array
  /** Of the title asked for, when one was. */
  renditions?: AnnouncedTitle['renditions']
  /** Between asker and provider, as the tracker estimates it. */
  rttMs?: number
  /** It asked for the same title lately. */
  interested?: boolean
}

/**
 * A tracker as a node sees it, over libp2p or HTTP alike. What it hands out was checked by us.
 *
 * Every call may throw DeadlineError, RateLimitedError, UpstreamError, TrackerUnavailableError; the
 * first four RecordRefusedError and TrackerFullError too.
 */
export interface Tracker {
  announce (titles: AnnouncedTitle[], options?: { signal?: AbortSignal }): Promise<void>
  withdraw (contents: CID[], options?: { signal?: AbortSignal }): Promise<void>
  /** `known` is false when the tracker had no memory of us: announce everything again. */
  heartbeat (options?: { signal?: AbortSignal }): Promise<{ known: boolean }>
  leave (options?: { signal?: AbortSignal }): Promise<void>
  lookup (content: CID, options?: { signal?: AbortSignal }): Promise<TrackedProvider[]>
  /** Edges and origins of the network. */
  httpSources (options?: { signal?: AbortSignal }): Promise<TrackedProvider[]>
  /** The title a segment or block belongs to. */
  resolve (segment: CID, options?: { signal?: AbortSignal }): Promise<CID | undefined>
}

/** Who asks a tracker, as far as the transport knows. */
export interface Caller {
  /** The peer at the other end of a libp2p connection. */
  peer?: PeerId
  /** The IP address the question came from. */
  ip?: string
  /** What the asker said of its own region. */
  region?: string
}

/** What of it goes over the wire: whoever receives it opens the envelope. */
export type HandedOut = Omit<TrackedProvider, 'record'>

/** The tracker's own side, whatever transport the question came over. */
export interface TrackerService {
  /** @throws RateLimitedError when the caller has asked too often */
  admit (caller: Caller): void
  /**
   * Takes a signed statement of the kind told. `known`: the node was registered before.
   *
   * @throws RecordRefusedError InvalidMessageError RateLimitedError TrackerFullError
   */
  submit (kind: StatementKind, envelope: Uint8Array, caller: Caller): Promise<{ known: boolean }>
  lookup (content: CID, caller: Caller): Promise<TrackedProvider[]>
  httpSources (caller: Caller): Promise<TrackedProvider[]>
  resolve (segment: CID): Promise<CID | undefined>
}
