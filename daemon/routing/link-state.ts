/**
 * What nodes tell of their links: the graph that paths are looked for in.
 * in: link-state records that were checked. out: links that both ends report. Bounded in bytes.
 */

import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../../protocols/clock.ts'
import { type LinkState, type ShortId, shortIdOf } from '../../protocols/rtt/index.ts'
import type { Graph } from './shortest-path.ts'

export interface LinkStateTableComponents {
  clock: Clock
  /** Nodes whose records make room last: our neighbours. Nobody's otherwise. */
  keeps?: (node: ShortId) => boolean
}

export interface LinkStateTableInit {
  /** {@link DEFAULT_TABLE_BYTES}. Higher: knows more of a large region; lower: less memory. */
  maxBytes?: number
  /**
   * {@link DEFAULT_RECORD_TTL_MS}. Higher: rides out lost gossip; lower: forgets the dead sooner.
   */
  ttlMs?: number
}

export const DEFAULT_TABLE_BYTES = 2 * 1024 * 1024
export const DEFAULT_RECORD_TTL_MS = 300_000

/** What a record of 16 links takes in memory beside its bytes on the wire: measured. */
const OVERHEAD_BYTES = 3_800

/** What a node told of itself; its links are asked for one by one. */
export type KnownNode = Omit<LinkState, 'links'>

interface Kept {
  id: ShortId
  node: KnownNode
  links: ReadonlyMap<ShortId, number>
  /** Those that the other end reports too; put together when asked for. */
  mutual: Array<readonly [ShortId, number]> | undefined
  bytes: number
  expiresAtMs: number
}

export class LinkStateTable implements Graph<ShortId> {
  readonly #now: Clock
  readonly #keeps: (node: ShortId) => boolean
  readonly #maxBytes: number
  readonly #ttlMs: number
  /** Least recently told first, so that what has expired stands in front. */
  readonly #kept = new Map<ShortId, Kept>()
  #bytes = 0
  #version = 0

  constructor (components: LinkStateTableComponents, init: LinkStateTableInit = {}) {
    this.#now = components.clock
    this.#keeps = components.keeps ?? (() => false)
    this.#maxBytes = init.maxBytes ?? DEFAULT_TABLE_BYTES
    this.#ttlMs = init.ttlMs ?? DEFAULT_RECORD_TTL_MS
  }

  /** Another after each change of what is told here. */
  get version (): number {
    this.#expire()
    return this.#version
  }

  get size (): number {
    this.#expire()
    return this.#kept.size
  }

  /** Memory taken, as far as it can be told. */
  get bytes (): number {
    return this.#bytes
  }

  /** `bytes`: of the record in its envelope. `stale`: we have it, or a newer one. */
  put (state: LinkState, bytes: number): 'new' | 'stale' {
    this.#expire()
    const { links, ...node } = state
    const id = shortIdOf(node.peer)
    const known = this.#kept.get(id)
    if (known != null && known.node.seq >= node.seq) return 'stale'
    if (known != null) this.#remove(known)
    const kept: Kept = {
      id,
      node,
      links: new Map(links.map(({ peer, rttMs }) => [this.#kept.get(peer)?.id ?? peer, rttMs])),
      mutual: undefined,
      bytes: bytes + OVERHEAD_BYTES,
      expiresAtMs: this.#now() + this.#ttlMs
    }
    this.#kept.set(id, kept)
    this.#bytes += kept.bytes
    this.#changed(kept)
    while (this.#bytes > this.#maxBytes) this.#evict(kept)
    return 'new'
  }

  delete (peer: PeerId | string): void {
    const kept = this.#kept.get(shortIdOf(peer))
    if (kept != null) this.#remove(kept)
  }

  get (peer: PeerId | string): KnownNode | undefined {
    return this.byShortId(shortIdOf(peer))
  }

  byShortId (node: ShortId): KnownNode | undefined {
    this.#expire()
    return this.#kept.get(node)?.node
  }

  * nodes (): Generator<KnownNode> {
    this.#expire()
    for (const { node } of this.#kept.values()) yield node
  }

  /** Between two nodes that both report it: the larger of the two, so that nobody gains by less. */
  linkMs (a: ShortId, b: ShortId): number | undefined {
    const [there, back] = this.#reports(a, b)
    return there == null || back == null ? undefined : Math.max(there, back)
  }

  /** The same, the smaller of the two: nobody gains by claiming that others are far. */
  leastLinkMs (a: ShortId, b: ShortId): number | undefined {
    const [there, back] = this.#reports(a, b)
    return there == null || back == null ? undefined : Math.min(there, back)
  }

  /** As of the last look at `version`. */
  linksOf (node: ShortId): ReadonlyArray<readonly [ShortId, number]> {
    const kept = this.#kept.get(node)
    if (kept == null) return []
    kept.mutual ??= [...kept.links.keys()].flatMap(other => {
      const rttMs = this.linkMs(node, other)
      return rttMs == null || other === node ? [] : [[other, rttMs] as const]
    })
    return kept.mutual
  }

  #reports (a: ShortId, b: ShortId): [number | undefined, number | undefined] {
    return [this.#kept.get(a)?.links.get(b), this.#kept.get(b)?.links.get(a)]
  }

  #expire (): void {
    const now = this.#now()
    for (const kept of this.#kept.values()) {
      if (kept.expiresAtMs > now) return
      this.#remove(kept)
    }
  }

  /** The longest silent of those that nobody links to, then of all, our neighbours last. */
  #evict (latest: Kept): void {
    const others = [...this.#kept.values()].filter(kept => kept !== latest)
    const strangers = others.filter(({ id }) => !this.#keeps(id))
    const gone = strangers.find(({ id }) => this.linksOf(id).length === 0) ??
      strangers[0] ?? others[0] ?? latest
    this.#remove(gone)
  }

  #remove (kept: Kept): void {
    this.#kept.delete(kept.id)
    this.#bytes -= kept.bytes
    this.#changed(kept)
  }

  #changed ({ links }: Kept): void {
    this.#version++
    for (const other of links.keys()) {
      const kept = this.#kept.get(other)
      if (kept != null) kept.mutual = undefined
    }
  }
}
