/**
 * What a tracker remembers, wherever it keeps it: in its own memory, or in Redis with its replicas.
 * Each change is one atomic step, sequence number included: two replicas cannot both take a replay.
 */

import type { CID } from 'multiformats/cid'
import type { AnnouncedTitle, NodeRecord } from '../protocols/tracker/index.ts'
import type { Sketch } from './sketch.ts'

/** A node as it was last announced. */
export interface TrackedNode {
  record: NodeRecord
  /** The record's envelope, handed out as it came. */
  envelope: Uint8Array
  /** How it does, as it last said; to be decoded, and whatever it is. */
  report?: Uint8Array
}

/** As a store gives it back: with what it is ranked by. */
export interface KeptNode extends TrackedNode {
  sketch: Sketch
}

export interface StoredProvider extends KeptNode {
  renditions: AnnouncedTitle['renditions']
}

/** A node and how many titles it holds some of. */
export interface CountedNode extends TrackedNode {
  titles: number
}

/** Every call may throw TrackerUnavailableError where the store is out of reach. */
export interface TrackerStore {
  /** Where a store has connections, opens and closes them. */
  start? (): Promise<void>
  stop? (): Promise<void>
  /**
   * Registers or refreshes a node and adds to its titles; without a report the last one stays.
   * `known`: it was registered before.
   *
   * @throws RecordRefusedError (sequence, too-many) TrackerFullError; nothing is changed then
   */
  register (
    node: TrackedNode, seq: number, titles: AnnouncedTitle[], nowMs: number
  ): Promise<{ known: boolean }>
  /** @throws RecordRefusedError (sequence) */
  withdraw (peer: string, seq: number, contents: CID[]): Promise<{ known: boolean }>
  /**
   * Forgets the node at once, but not its sequence number.
   *
   * @throws RecordRefusedError (sequence)
   */
  leave (peer: string, seq: number): Promise<{ known: boolean }>
  /** The same without the node's word, for an operator: a node that lives registers again. */
  forget (peer: string): Promise<{ known: boolean }>
  node (peer: string): Promise<KeptNode | undefined>
  /** Those of them that are registered, by peer ID. */
  named (peers: string[]): Promise<Map<string, KeptNode>>
  /** At most `limit` nodes seen since `sinceMs`, those that serve HTTP first. */
  nodes (sinceMs: number, limit: number): Promise<CountedNode[]>
  /**
   * Nodes seen since `sinceMs` that hold some of the title. Of more than `limit` peers, or servers,
   * so many by chance.
   */
  providers (content: CID, sinceMs: number, limit: number): Promise<StoredProvider[]>
  /** Nodes seen since `sinceMs` that serve HTTP. */
  httpNodes (sinceMs: number): Promise<KeptNode[]>
  /** The title a segment belongs to, as an origin said. */
  resolve (segment: CID): Promise<CID | undefined>
  /** Forgets nodes not seen since `sinceMs`; how many. */
  expire (sinceMs: number): Promise<number>
  size (): Promise<StoreSize>
}

export interface StoreSize { nodes: number, titles: number, segments: number, bytes: number }
