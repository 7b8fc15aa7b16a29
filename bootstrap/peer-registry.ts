/**
 * A tracker's memory inside its own process: nodes, what they hold, the segments origins told of.
 * in: statements that were checked.
 * out: who holds what. Every map has a bound, and so has the whole.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Random } from '../protocols/clock.ts'
import type { AnnouncedTitle } from '../protocols/tracker/index.ts'
import { kept } from './kept-record.ts'
import { SegmentMap } from './segment-map.ts'
import type {
  CountedNode, KeptNode, StoredProvider, StoreSize, TrackedNode, TrackerStore
} from './store.ts'
import {
  DEFAULT_STORE_LIMITS, MAX_HTTP_NODES, replayed, storeFull, type StoreLimits,
  tooManyTitles
} from './store-limits.ts'
import { type Member, TitleHolders } from './title-holders.ts'

export interface PeerRegistryLimits extends StoreLimits {
  /** Estimated memory of everything together. */
  maxBytes: number
}

export const DEFAULT_REGISTRY_LIMITS: PeerRegistryLimits = {
  ...DEFAULT_STORE_LIMITS, maxBytes: 512 * 1024 * 1024
}

/** Peers that left, whose sequence numbers still guard against replays. */
const MAX_DEPARTED = 100_000
/** As measured, beside an entry's own bytes: map slots, objects, strings; bench/tracker.ts. */
const NODE_BYTES = 3072
const TITLE_BYTES = 640
const RENDITION_BYTES = 160
const SEGMENT_BYTES = 384

interface Entry {
  peer: string
  node: KeptNode
  seq: number
  seenMs: number
  titles: Map<string, Holding>
}

/** That a node holds some of a title. */
interface Holding extends Member {
  entry: Entry
  renditions: AnnouncedTitle['renditions']
}

export class PeerRegistry implements TrackerStore {
  readonly #random: Random
  readonly #limits: PeerRegistryLimits
  readonly #nodes = new Map<string, Entry>()
  readonly #web = new Map<string, Entry>()
  readonly #holders = new Map<string, TitleHolders<Holding>>()
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
    told: TrackedNode, seq: number, titles: AnnouncedTitle[], nowMs: number
  ): Promise<{ known: boolean }> {
    const node = kept(told)
    const { peer } = node.sketch
    const before = this.#nodes.get(peer)
    this.#keepReport(node, before?.node)
    this.#assertNewer(peer, seq)
    this.#assertRoom(before, node, titles)
    this.#departed.delete(peer)
    this.#nodeBytes += nodeBytes(node) - (before == null ? 0 : nodeBytes(before.node))
    const entry = before ?? { peer, node, seq, seenMs: nowMs, titles: new Map() }
    entry.node = node
    entry.seq = seq
    entry.seenMs = nowMs
    this.#nodes.set(peer, entry)
    if (node.record.http == null) this.#web.delete(peer)
    else this.#web.set(peer, entry)
    for (const title of titles) {
      this.#hold(entry, title)
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
      this.#release(entry, content.toString())
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

  async node (peer: string): Promise<KeptNode | undefined> {
    return this.#nodes.get(peer)?.node
  }

  async named (peers: string[]): Promise<Map<string, KeptNode>> {
    const found = new Map<string, KeptNode>()
    for (const peer of peers) {
      const entry = this.#nodes.get(peer)
      if (entry != null) found.set(peer, entry.node)
    }
    return found
  }

  async nodes (sinceMs: number, limit: number): Promise<CountedNode[]> {
    const found: CountedNode[] = []
    for (const group of [this.#web, this.#nodes]) {
      for (const { peer, node, seenMs, titles } of group.values()) {
        if (found.length === limit) return found
        if (seenMs < sinceMs || (group === this.#nodes && this.#web.has(peer))) continue
        found.push({ ...node, titles: titles.size })
      }
    }
    return found
  }

  async providers (content: CID, sinceMs: number, limit: number): Promise<StoredProvider[]> {
    return (this.#holders.get(content.toString())?.some(limit, this.#random) ?? [])
      .filter(({ entry }) => entry.seenMs >= sinceMs)
      .map(({ entry: { node }, renditions }) => ({ ...node, renditions }))
  }

  async httpNodes (sinceMs: number): Promise<KeptNode[]> {
    const found: KeptNode[] = []
    for (const { node, seenMs } of this.#web.values()) {
      if (found.length === MAX_HTTP_NODES) break
      if (seenMs >= sinceMs) found.push(node)
    }
    return found
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
    if (seq <= last) throw replayed(seq, last)
  }

  #assertRoom (before: Entry | undefined, node: TrackedNode, titles: AnnouncedTitle[]): void {
    const { maxNodes, maxTitlesPerNode, maxBytes } = this.#limits
    const fresh = titles.filter(({ content }) => before?.titles.has(content.toString()) !== true)
    if ((before?.titles.size ?? 0) + fresh.length > maxTitlesPerNode) {
      throw tooManyTitles(maxTitlesPerNode)
    }
    const segments = titles.reduce((sum, title) => sum + (title.segments?.length ?? 0), 0)
    const grows = nodeBytes(node) + segments * SEGMENT_BYTES +
      titles.reduce((sum, title) => sum + titleBytes(title.renditions), 0)
    const isCrowded = before == null && this.#nodes.size >= maxNodes
    const isNew = before == null || fresh.length > 0 || segments > 0
    if (isCrowded || (isNew && this.#bytes() + grows > maxBytes)) throw storeFull()
  }

  /** The newest there is room for: a node that has none is a node all the same. */
  #keepReport (node: KeptNode, before: KeptNode | undefined): void {
    const grows = (node.report?.byteLength ?? 0) - (before?.report?.byteLength ?? 0)
    const hasRoom = this.#bytes() + grows <= this.#limits.maxBytes
    const report = (hasRoom ? node.report : undefined) ?? before?.report
    if (report == null) delete node.report
    else node.report = report
  }

  #hold (entry: Entry, { content, renditions, segments = [] }: AnnouncedTitle): void {
    const name = content.toString()
    const holders = this.#holders.get(name) ?? new TitleHolders<Holding>(name)
    const key = holders.title // One string for all who hold it.
    const before = entry.titles.get(key)
    if (before == null && !this.#makeRoom(key, holders)) {
      return
    }
    if (before != null) holders.delete(before)
    const holding = { entry, renditions, isServer: isServer(entry), place: 0 }
    holders.add(holding)
    this.#holders.set(key, holders)
    entry.titles.set(key, holding)
    this.#titleBytes += titleBytes(renditions) - titleBytes(before?.renditions)
    this.#segments.add(entry.peer, content, segments)
  }

  /** False when a title's holders are so many servers that no more fit. */
  #makeRoom (key: string, holders: TitleHolders<Holding>): boolean {
    if (holders.size < this.#limits.maxProvidersPerTitle) return true
    const unlucky = holders.anyPeer(this.#random)
    if (unlucky == null) return false
    this.#release(unlucky.entry, key)
    return true
  }

  #release (entry: Entry, key: string): void {
    const holding = entry.titles.get(key)
    if (holding == null) {
      return
    }
    entry.titles.delete(key)
    this.#titleBytes -= titleBytes(holding.renditions)
    this.#segments.remove(entry.peer, key)
    const holders = this.#holders.get(key)!
    holders.delete(holding)
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
      this.#release(entry, key)
    }
    this.#nodeBytes -= nodeBytes(entry.node)
    this.#web.delete(peer)
    return this.#nodes.delete(peer)
  }
}

const isServer = ({ node }: Entry): boolean => node.record.role !== 'peer'

const nodeBytes = ({ envelope, report }: TrackedNode): number =>
  NODE_BYTES + envelope.byteLength + (report?.byteLength ?? 0)

const titleBytes = (renditions?: AnnouncedTitle['renditions']): number =>
  renditions == null ? 0 : TITLE_BYTES + renditions.length * RENDITION_BYTES
