/**
 * A tracker's memory in Redis, shared by its replicas.
 * in: statements that were checked, by this replica or another. out: who holds what.
 *
 * What Redis gives back is believed: whoever can write to it can be the tracker.
 */

import { LRUCache } from 'lru-cache'
import { CID } from 'multiformats/cid'
import { MAX_CLOCK_SKEW_MS } from '../protocols/limits.ts'
import type { AnnouncedTitle } from '../protocols/tracker/index.ts'
import { readVouchedRecord } from '../protocols/tracker/record.ts'
import { kept } from './kept-record.ts'
import type { RedisLink, RedisReply } from './redis-link.ts'
import type {
  CountedNode, KeptNode, StoredProvider, StoreSize, TrackedNode, TrackerStore
} from './store.ts'
import {
  MAX_HTTP_NODES, replayed, storeFull, type StoreLimits, tooManyTitles
} from './store-limits.ts'

export interface RedisStoreInit {
  /** How long Redis keeps a node that says nothing, the tracker's TTL. */
  ttlMs: number
  limits: StoreLimits
}

/** Records decoded, of nodes asked for lately. */
const MAX_DECODED = 20_000
/** After so long a statement is refused by its time, whatever its number. */
const SEQ_MS = 3 * MAX_CLOCK_SKEW_MS
/** Records asked for without waiting for a reply. */
const FETCHED_AT_ONCE = 256
/** Nodes forgotten in one step: others wait for Redis meanwhile. */
const REAPED_AT_ONCE = 100

/** `seq` is that of the statement the record came in. */
interface Decoded { seq: string, node: KeptNode }

export class RedisStore implements TrackerStore {
  readonly #link: RedisLink
  readonly #init: RedisStoreInit
  readonly #decoded = new LRUCache<string, Decoded>({ max: MAX_DECODED })

  constructor (components: { link: RedisLink }, init: RedisStoreInit) {
    this.#link = components.link
    this.#init = init
  }

  async start (): Promise<void> { await this.#link.start() }

  async stop (): Promise<void> { this.#link.stop() }

  async register (
    { record, envelope, report }: TrackedNode, seq: number, titles: AnnouncedTitle[], nowMs: number
  ): Promise<{ known: boolean }> {
    const { ttlMs, limits } = this.#init
    const { maxNodes, maxTitlesPerNode, maxProvidersPerTitle, maxSegments } = limits
    return outcome(seq, limits, await this.#link.run('register',
      `${record.peer}`, seq, nowMs, envelope, flag(record.role !== 'peer'),
      flag(record.http != null), ttlMs, SEQ_MS, maxNodes, maxTitlesPerNode, maxProvidersPerTitle,
      maxSegments, report ?? '', ...titles.flatMap(({ content, renditions, segments = [] }) => [
        content.bytes, JSON.stringify(renditions), segments.length,
        ...segments.map(({ bytes }) => bytes)
      ])))
  }

  async withdraw (peer: string, seq: number, contents: CID[]): Promise<{ known: boolean }> {
    const cids = contents.map(({ bytes }) => bytes)
    const reply = await this.#link.run('withdraw', peer, seq, SEQ_MS, ...cids)
    return outcome(seq, this.#init.limits, reply)
  }

  async leave (peer: string, seq: number): Promise<{ known: boolean }> {
    return outcome(seq, this.#init.limits, await this.#link.run('leave', peer, seq, SEQ_MS))
  }

  async forget (peer: string): Promise<{ known: boolean }> {
    return outcome(0, this.#init.limits, await this.#link.run('forget', peer))
  }

  async node (peer: string): Promise<KeptNode | undefined> {
    return (await this.named([peer])).get(peer)
  }

  async named (peers: string[]): Promise<Map<string, KeptNode>> {
    const numbers = await this.#link.run('named', ...peers) as RedisReply[]
    return await this.#nodesOf(peers.flatMap((peer, index) => {
      const seq = text(numbers[index])
      return seq == null ? [] : [{ peer, seq }]
    }))
  }

  async nodes (sinceMs: number, limit: number): Promise<CountedNode[]> {
    const [web, alive] = await Promise.all([
      this.#listed('web', sinceMs, limit), this.#listed('alive', sinceMs, limit)
    ])
    const rows = new Map([...web, ...alive].map(row => [row.peer, row]))
    const nodes = await this.#nodesOf([...rows.values()].slice(0, limit))
    return [...nodes].map(([peer, node]) => ({ ...node, titles: rows.get(peer)!.titles }))
  }

  async providers (content: CID, sinceMs: number, limit: number): Promise<StoredProvider[]> {
    const reply = await this.#link.run('providers', content.bytes, sinceMs, limit)
    const rows = triples(reply).map(([peer, seq, renditions]) =>
      ({ peer: text(peer)!, seq: text(seq)!, renditions: text(renditions)! }))
    const nodes = await this.#nodesOf(rows)
    return rows.flatMap(({ peer, renditions }) => {
      const node = nodes.get(peer)
      return node == null ? [] : [{ ...node, renditions: JSON.parse(renditions) }]
    })
  }

  async httpNodes (sinceMs: number): Promise<KeptNode[]> {
    return [...(await this.#nodesOf(await this.#listed('web', sinceMs, MAX_HTTP_NODES))).values()]
  }

  async resolve (segment: CID): Promise<CID | undefined> {
    const found = await this.#link.command('HGET', `${this.#link.prefix}g`, segment.bytes)
    return found instanceof Uint8Array ? CID.decode(Uint8Array.from(found)) : undefined
  }

  async expire (sinceMs: number): Promise<number> {
    let gone = 0
    for (;;) {
      const count = Number(await this.#link.run('expire', sinceMs, REAPED_AT_ONCE))
      gone += count
      if (count < REAPED_AT_ONCE) return gone
    }
  }

  /** `bytes` are all that Redis has taken of its machine. */
  async size (): Promise<StoreSize> {
    const [counts, info] = await Promise.all([
      this.#link.run('size'), this.#link.command('INFO', 'memory')
    ])
    const [nodes, titles, segments] = (counts as RedisReply[]).map(Number)
    const bytes = Number(/^used_memory:(\d+)/m.exec(text(info) ?? '')?.[1] ?? 0)
    return { nodes: nodes!, titles: titles!, segments: segments!, bytes }
  }

  async #listed (
    collection: 'web' | 'alive', sinceMs: number, limit: number
  ): Promise<Array<{ peer: string, seq: string, titles: number }>> {
    return triples(await this.#link.run('nodes', collection, sinceMs, limit))
      .map(([peer, seq, titles]) =>
        ({ peer: text(peer)!, seq: text(seq)!, titles: Number(titles) }))
  }

  /** In the order asked for; those that went in between are left out. */
  async #nodesOf (rows: Array<{ peer: string, seq: string }>): Promise<Map<string, KeptNode>> {
    const unknown = rows.filter(({ peer, seq }) => this.#decoded.get(peer)?.seq !== seq)
    for (let at = 0; at < unknown.length; at += FETCHED_AT_ONCE) {
      await Promise.all(unknown.slice(at, at + FETCHED_AT_ONCE).map(({ peer }) =>
        this.#fetch(peer)))
    }
    return new Map(rows.flatMap(({ peer }) => {
      const node = this.#decoded.get(peer)?.node
      return node == null ? [] : [[peer, node]]
    }))
  }

  async #fetch (peer: string): Promise<void> {
    const reply = await this.#link.command('HMGET', `${this.#link.prefix}n:${peer}`, 'e', 'q', 'r')
    const [envelope, seq, report] = reply as RedisReply[]
    const node = envelope instanceof Uint8Array ? nodeIn(envelope, report) : undefined
    if (node == null) this.#decoded.delete(peer)
    else this.#decoded.set(peer, { seq: text(seq)!, node })
  }
}

/** Undefined for what is none: one bad record must not hide the good ones beside it. */
function nodeIn (envelope: Uint8Array, report?: RedisReply): KeptNode | undefined {
  // Copied: a reply is a part of a larger buffer, which it would keep.
  const copy = Uint8Array.from(envelope)
  try {
    return kept({
      record: readVouchedRecord(copy),
      envelope: copy,
      ...(report instanceof Uint8Array && { report: Uint8Array.from(report) })
    })
  } catch {
    return undefined
  }
}

const flag = (isSo: boolean): number => Number(isSo)

function outcome (
  seq: number, { maxTitlesPerNode }: StoreLimits, reply: RedisReply
): { known: boolean } {
  const [word, detail] = reply as [RedisReply, RedisReply]
  switch (text(word)) {
    case 'sequence': throw replayed(seq, text(detail))
    case 'too-many': throw tooManyTitles(maxTitlesPerNode)
    case 'full': throw storeFull()
    default: return { known: detail === 1 }
  }
}

function text (reply: RedisReply | undefined): string | undefined {
  return reply == null ? undefined : reply.toString()
}

function triples (reply: RedisReply): Array<[RedisReply, RedisReply, RedisReply]> {
  const flat = reply as RedisReply[]
  return Array.from({ length: flat.length / 3 }, (_, i) =>
    [flat[i * 3]!, flat[i * 3 + 1]!, flat[i * 3 + 2]!])
}
