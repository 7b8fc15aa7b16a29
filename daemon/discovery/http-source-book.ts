/**
 * Edges and origins we know, and how they fared.
 * in: checked records, probes that came back or did not.
 * out: an order to ask in. Decides by what it is told, does no I/O.
 */

import type { NodeRecord } from '../../protocols/tracker/index.ts'
import type { HttpSource } from './types.ts'

/** Sources kept; past it a newcomer takes the place of one that fails, or is not taken. */
export const MAX_HTTP_SOURCES = 256
/** Weight of a new RTT sample. Higher: follows changes faster; lower: steadier. */
const RTT_ALPHA = 0.3
const FIRST_BACKOFF_MS = 2_000
const MAX_BACKOFF_MS = 60_000
/** What a source never measured is taken for, until it is. */
const GUESSED_NEAR_MS = 50
const GUESSED_FAR_MS = 250

interface Entry {
  source: HttpSource
  seq: number
  /** When a tracker or the node itself last told of it. */
  heardMs: number
  /** As a tracker estimated it. */
  estimatedMs?: number
  failures: number
  retryMs: number
}

export class HttpSourceBook {
  readonly #region: string
  readonly #entries = new Map<string, Entry>()

  constructor (region: string) {
    this.#region = region
  }

  /** Takes a record up; true when it told of something new. Without HTTP it takes a source away. */
  hear (record: NodeRecord, nowMs: number, estimatedMs?: number): boolean {
    const source = toSource(record)
    const peer = record.peer.toString()
    const before = this.#entries.get(peer)
    if (before != null && (record.seq <= before.seq || before.source.url === source?.url)) {
      before.heardMs = nowMs
      before.estimatedMs = estimatedMs ?? before.estimatedMs
      before.seq = Math.max(before.seq, record.seq)
      return false
    }
    if (source == null) {
      this.#entries.delete(peer)
      return false
    }
    if (before == null && !this.#hasRoom()) {
      return false
    }
    this.#entries.set(
      peer, { source, seq: record.seq, heardMs: nowMs, estimatedMs, failures: 0, retryMs: 0 }
    )
    return true
  }

  measured (url: string, rttMs: number): void {
    for (const entry of this.#at(url)) {
      const { rttMs: before } = entry.source
      const smoothed = before == null ? rttMs : before + RTT_ALPHA * (rttMs - before)
      entry.source = { ...entry.source, rttMs: smoothed }
      entry.failures = 0
      entry.retryMs = 0
    }
  }

  failed (url: string, nowMs: number): void {
    for (const entry of this.#at(url)) {
      entry.retryMs = nowMs + Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** entry.failures)
      entry.failures++
    }
  }

  /** Forgets those that fail and that nobody has told of since `sinceMs`. */
  expire (sinceMs: number): void {
    for (const [peer, { heardMs, failures }] of this.#entries) {
      if (failures > 0 && heardMs < sinceMs) {
        this.#entries.delete(peer)
      }
    }
  }

  /** Edges by RTT, then origins. Who fails is left out for a while, unless nobody else is there. */
  list (nowMs: number): HttpSource[] {
    const all = [...this.#entries.values()].sort((a, b) => this.#order(a, b))
    const well = all.filter(({ retryMs }) => retryMs <= nowMs)
    return (well.length > 0 ? well : all).map(({ source }) => source)
  }

  /** True while one of them, or of a role, answered when it was last tried. */
  isAnswering (role?: HttpSource['role']): boolean {
    return [...this.#entries.values()].some(({ source, failures }) =>
      failures === 0 && source.rttMs != null && (role ?? source.role) === source.role)
  }

  /** Due for a probe: those not in backoff. */
  due (nowMs: number): HttpSource[] {
    return this.list(nowMs).filter(
      ({ peer }) => this.#entries.get(peer.toString())!.retryMs <= nowMs
    )
  }

  #order (a: Entry, b: Entry): number {
    const isOrigin = ({ source }: Entry): number => Number(source.role === 'origin')
    return isOrigin(a) - isOrigin(b) || this.#rtt(a) - this.#rtt(b)
  }

  #rtt ({ source, estimatedMs }: Entry): number {
    return source.rttMs ?? estimatedMs ?? (
      source.region === this.#region ? GUESSED_NEAR_MS : GUESSED_FAR_MS
    )
  }

  #hasRoom (): boolean {
    if (this.#entries.size < MAX_HTTP_SOURCES) {
      return true
    }
    const failing = [...this.#entries].find(([, { failures }]) => failures > 0)
    return failing != null && this.#entries.delete(failing[0])
  }

  #at (url: string): Entry[] {
    return [...this.#entries.values()].filter(({ source }) => source.url === url)
  }
}

function toSource ({ peer, role, region, http }: NodeRecord): HttpSource | undefined {
  const isServer = role === 'edge' || role === 'origin'
  return http != null && isServer ? { peer, role, region, url: http } : undefined
}
