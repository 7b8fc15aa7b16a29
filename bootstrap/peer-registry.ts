/**
 * A tracker's memory inside its own process: nodes, what they hold, the segments origins told of.
 * in: statements that were checked.
 * out: who holds what. Every map has a bound, and so has the whole.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Random } from '../protocols/clock.ts'
import { RecordRefusedError, TrackerFullError } from '../protocols/errors.ts'
import type { AnnouncedTitle } from '../protocols/tracker/index.ts'
import { SegmentMap } from './segment-map.ts'
import type {
  CountedNode, StoredProvider, StoreSize, TrackedNode, TrackerStore
} from './store.ts'

export interface PeerRegistryLimits {
  maxNodes: number
  maxTitlesPerNode: number
  /** Past it a newcomer takes the place of a random peer; edges and origins stay. */
  maxProvidersPerTitle: number
  maxSegments: number
  /** Estimated memory of everything together. */
  maxBytes: number
}

export const DEFAULT_REGISTRY_LIMITS: PeerRegistryLimits = {
  maxNodes: 20_000,
  maxTitlesPerNode: 10_000,
  maxProvidersPerTitle: 2_000,
  maxSegments: 200_000,
  maxBytes: 256 * 1024 * 1024
}

/** Peers that left, whose sequence numbers still guard against replays. */
const MAX_DEPARTED = 50_000
/** Estimates of what an entry costs beside its own bytes: map slots, objects, CID strings. */
const NODE_BYTES = 2048
const TITLE_BYTES = 512
const RENDITION_BYTES = 160
const SEGMENT_BYTES = 384

interface Entry {
  node: TrackedNode
  seq: number
  seenMs: number
  titles: Map<string, AnnouncedTitle['renditions']>
}

export class PeerRegistry implements TrackerStore {
  readonly #random: Random
  readonly #limits: PeerRegistryLimits
  readonly #nodes = new Map<string, Entry>()
  readonly #holders = new Map<string, Set<string>>()
  readonly #segments: SegmentMap
  readonly #departed = new LRUCache<string, number>({ max: MAX_DEPARTED })
  #titleBytes = 0
  #nodeBytes = 0

  constructor (components: { random?: Random } = {}, limits: Partial<PeerRegistryLimits> = {}) {
    this.#random = components.random ?? Math.random
    this.#limits = { ...DEFAULT_REGISTRY_LIMITS, ...limits }
    this.#segments = new SegmentMap(this.#limits.maxSegments)
  }

  async register (
    node: TrackedNode, seq: number, titles: AnnouncedTitle[], nowMs: number
  ): Promise<{ known: boolean }> {
    const peer = node.record.peer.toString()
    const before = this.#nodes.get(peer)
    this.#assertNewer(peer, seq)
    this.#assertRoom(before, node, titles)
    this.#departed.delete(peer)
    const entry = { node, seq, seenMs: nowMs, titles: before?.titles ?? new Map() }
    this.#nodes.set(peer, entry)
    this.#nodeBytes += nodeBytes(node) - (before == null ? 0 : nodeBytes(before.node))
    for (const title of titles) {
      this.#hold(peer, entry, title)
    }
    return { known: before != null }
  }

  async withdraw (peer: string, seq: number, contents: CID[]): Promise<{ known: boolean }> {
    this.#assertNewer(peer, seq)
    const entry = this.#nodes.get(peer)
    if (entry == null) {
      this.#departed.set(peer, seq)
      return { known: false }
    }
    entry.seq = seq
    for (const content of contents) {
      this.#release(peer, entry, content.toString())
    }
    return { known: true }
  }

  async leave (peer: string, seq: number): Promise<{ known: boolean }> {
    this.#assertNewer(peer, seq)
    const known = this.#drop(peer)
    this.#departed.set(peer, seq)
    return { known }
  }

  async forget (peer: string): Promise<{ known: boolean }> {
    const seq = this.#nodes.get(peer)?.seq
    if (seq != null) {
      this.#drop(peer)
      this.#departed.set(peer, seq)
    }
    return { known: seq != null }
  }

  async node (peer: string): Promise<TrackedNode | undefined> {
    return this.#nodes.get(peer)?.node
  }

  async nodes (sinceMs: number, limit: number): Promise<CountedNode[]> {
    return [...this.#nodes.values()].filter(({ seenMs }) => seenMs >= sinceMs)
      .sort((a, b) => Number(isServer(b)) - Number(isServer(a)))
      .slice(0, limit)
      .map(({ node, titles }) => ({ ...node, titles: titles.size }))
  }

  async providers (content: CID, sinceMs: number): Promise<StoredProvider[]> {
    const key = content.toString()
    return [...this.#holders.get(key) ?? []].flatMap(peer => {
      const entry = this.#nodes.get(peer)!
      return entry.seenMs < sinceMs ? [] : [{ ...entry.node, renditions: entry.titles.get(key)! }]
    })
  }

  async httpNodes (sinceMs: number): Promise<TrackedNode[]> {
    return [...this.#nodes.values()]
      .filter(entry => isServer(entry) && entry.seenMs >= sinceMs)
      .map(({ node }) => node)
  }

  async resolve (segment: CID): Promise<CID | undefined> {
    return this.#segments.get(segment)
  }

  async expire (sinceMs: number): Promise<number> {
    const silent = [...this.#nodes].filter(([, { seenMs }]) => seenMs < sinceMs)
    for (const [peer, { seq }] of silent) {
      this.#drop(peer)
      this.#departed.set(peer, seq)
    }
    return silent.length
  }

  async size (): Promise<StoreSize> {
    return {
      nodes: this.#nodes.size,
      titles: this.#holders.size,
      segments: this.#segments.size,
      bytes: this.#bytes()
    }
  }

  #bytes (): number {
    return this.#nodeBytes + this.#titleBytes + this.#segments.size * SEGMENT_BYTES
  }

  #assertNewer (peer: string, seq: number): void {
    const last = this.#nodes.get(peer)?.seq ?? this.#departed.peek(peer) ?? -1
    if (seq <= last) {
      throw new RecordRefusedError(
        'sequence', `sequence number ${seq} is not above ${last}: a replay, or out of order`
      )
    }
  }

  #assertRoom (before: Entry | undefined, node: TrackedNode, titles: AnnouncedTitle[]): void {
    const { maxNodes, maxTitlesPerNode, maxBytes } = this.#limits
    const fresh = titles.filter(({ content }) => before?.titles.has(content.toString()) !== true)
    if ((before?.titles.size ?? 0) + fresh.length > maxTitlesPerNode) {
      throw new RecordRefusedError(
        'too-many', `a node announces at most ${maxTitlesPerNode} titles`
      )
    }
    const segments = titles.reduce((sum, title) => sum + (title.segments?.length ?? 0), 0)
    const grows = nodeBytes(node) + segments * SEGMENT_BYTES +
      titles.reduce((sum, title) => sum + titleBytes(title.renditions), 0)
    const isCrowded = before == null && this.#nodes.size >= maxNodes
    const isNew = before == null || fresh.length > 0 || segments > 0
    if (isCrowded || (isNew && this.#bytes() + grows > maxBytes)) {
      throw new TrackerFullError('this tracker takes nothing new until others have gone')
    }
  }

  #hold (peer: string, entry: Entry, { content, renditions, segments = [] }: AnnouncedTitle): void {
    const key = content.toString()
    const before = entry.titles.get(key)
    const holders = this.#holders.get(key) ?? new Set()
    if (before == null && !this.#makeRoom(key, holders)) {
      return
    }
    entry.titles.set(key, renditions)
    this.#titleBytes += titleBytes(renditions) - (before == null ? 0 : titleBytes(before))
    this.#holders.set(key, holders.add(peer))
    this.#segments.add(peer, content, segments)
  }

  /** False when a title's holders are so many servers that no more fit. */
  #makeRoom (key: string, holders: Set<string>): boolean {
    if (holders.size < this.#limits.maxProvidersPerTitle) {
      return true
    }
    const peers = [...holders].filter(peer => this.#nodes.get(peer)!.node.record.role === 'peer')
    const unlucky = peers[Math.floor(this.#random() * peers.length)]
    if (unlucky == null) {
      return false
    }
    this.#release(unlucky, this.#nodes.get(unlucky)!, key)
    return true
  }

  #release (peer: string, entry: Entry, key: string): void {
    const renditions = entry.titles.get(key)
    if (renditions == null) {
      return
    }
    entry.titles.delete(key)
    this.#titleBytes -= titleBytes(renditions)
    this.#segments.remove(peer, key)
    const holders = this.#holders.get(key)!
    holders.delete(peer)
    if (holders.size === 0) {
      this.#holders.delete(key)
    }
  }

  #drop (peer: string): boolean {
    const entry = this.#nodes.get(peer)
    if (entry == null) {
      return false
    }
    for (const key of [...entry.titles.keys()]) {
      this.#release(peer, entry, key)
    }
    this.#nodeBytes -= nodeBytes(entry.node)
    return this.#nodes.delete(peer)
  }
}

const isServer = ({ node }: Entry): boolean => node.record.http != null

const nodeBytes = ({ envelope }: TrackedNode): number => NODE_BYTES + envelope.byteLength

const titleBytes = (renditions: AnnouncedTitle['renditions']): number =>
  TITLE_BYTES + renditions.length * RENDITION_BYTES
