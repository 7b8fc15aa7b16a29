/**
 * What nodes say of themselves, signed, and what a tracker answers.
 */

import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Role } from '../exchange/index.ts'

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
  /** RTTs to bootstraps and edges, by peer ID: what RTTs between strangers are estimated from. */
  rtts: Array<{ peer: string, rttMs: number }>
  /** The operator key's signature over the node's peer ID, role and http, where the network has one. */
  endorsement?: Uint8Array
}

export interface AnnouncedTitle {
  content: CID
  renditions: Array<{ rendition: string, held: number, blocks: number }>
  /** Segment and bare block CIDs that lead to the title (an origin tells them), for the segment → root map. */
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
}

/** A tracker as a node sees it, over libp2p or HTTP alike. */
export interface Tracker {
  announce (titles: AnnouncedTitle[], options?: { signal?: AbortSignal }): Promise<void>
  withdraw (contents: CID[], options?: { signal?: AbortSignal }): Promise<void>
  heartbeat (options?: { signal?: AbortSignal }): Promise<void>
  leave (options?: { signal?: AbortSignal }): Promise<void>
  lookup (content: CID, options?: { signal?: AbortSignal }): Promise<TrackedProvider[]>
  /** Edges and origins of the network. */
  httpSources (options?: { signal?: AbortSignal }): Promise<TrackedProvider[]>
  /** The title a segment or block belongs to. */
  resolve (segment: CID, options?: { signal?: AbortSignal }): Promise<CID | undefined>
}
