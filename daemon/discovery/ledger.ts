/**
 * What one registry has been told, and what is due to be told next.
 * in: what we hold now.
 * out: calls to the registry: heartbeat, withdraw, provide, each only when it is due.
 */

import type { CID } from 'multiformats/cid'
import type { Random } from '../../protocols/clock.ts'
import type { HeldTitle, ProviderRegistry } from './types.ts'

export interface LedgerComponents {
  registry: ProviderRegistry
  /** Told along with a title, once. */
  segmentsOf?: (content: CID) => Promise<CID[]>
  random: Random
}

export interface LedgerInit {
  /** Between two heartbeats, give or take a tenth: many nodes started at once spread out. */
  heartbeatMs: number
  /** Between two tellings of what changed. */
  minIntervalMs: number
  /** The node's key was made just now: no former life of it can have told anything. */
  isNewborn?: boolean
}

interface Told { content: CID, summary: string | undefined }

/**
 * A registry without heartbeat is told all again, soon at first, as its network grows; one that is
 * told with patience is of use when others fail, and later by as much.
 */
const FIRST_REPROVIDE_MS = 30_000
const PATIENT_REPROVIDES = 20
/**
 * Each pause is so many times the last. Higher: fewer lookups and dials; lower: a record that went
 * to nodes which have left, or are no longer the closest, is made good sooner.
 */
const REPROVIDE_GROWTH = 4
const MAX_REPROVIDE_MS = 3_600_000
const FIRST_RETRY_MS = 1_000
/** Titles told in one call, so that a long list is not all lost with its last. */
const BATCH = 256

export class Ledger {
  readonly #registry: ProviderRegistry
  readonly #segmentsOf: LedgerComponents['segmentsOf']
  readonly #random: Random
  readonly #init: LedgerInit
  readonly #told = new Map<string, Told>()
  /** False until what a former life of this node told, before a kill -9, was taken back. */
  #isClean: boolean
  #heartbeatDueMs = 0
  #flushDueMs = 0
  /** Since it was seen that there is news. */
  #newsDueMs: number | undefined
  #reprovideDueMs = 0
  #reprovideMs: number
  #failures = 0

  constructor (components: LedgerComponents, init: LedgerInit) {
    this.#registry = components.registry
    this.#segmentsOf = components.segmentsOf
    this.#random = components.random
    this.#init = init
    this.#isClean = init.isNewborn ?? false
    const { patienceMs = 0 } = components.registry
    this.#reprovideMs = Math.max(FIRST_REPROVIDE_MS, PATIENT_REPROVIDES * patienceMs)
  }

  /** When there is something to do; `isDirty` when what we hold has changed. */
  dueMs (isDirty: boolean, nowMs: number): number {
    const { heartbeat, patienceMs = 0 } = this.#registry
    const retellMs = this.#isClean ? this.#reprovideDueMs : Number.POSITIVE_INFINITY
    const aliveMs = heartbeat == null ? retellMs : this.#heartbeatDueMs
    if (!isDirty) return aliveMs
    this.#newsDueMs ??= nowMs + patienceMs * (0.5 + this.#random())
    return Math.min(aliveMs, Math.max(this.#flushDueMs, this.#newsDueMs))
  }

  /** Does what is due. Rejects with what went wrong; a later step tries again. */
  async step (held: HeldTitle[], nowMs: number, options: { signal: AbortSignal }): Promise<void> {
    try {
      await this.#live(nowMs, options)
      await this.#flush(held, nowMs, options)
      this.#newsDueMs = undefined
      this.#failures = 0
    } catch (err) {
      const retryMs = nowMs + Math.min(
        this.#init.heartbeatMs, FIRST_RETRY_MS * 2 ** this.#failures++
      )
      this.#heartbeatDueMs = this.#flushDueMs = this.#reprovideDueMs = retryMs
      throw err
    }
  }

  /** What the heartbeat says of us has changed: it is due. */
  renew (): void {
    this.#heartbeatDueMs = 0
  }

  async leave (options: { signal: AbortSignal }): Promise<void> {
    await this.#registry.leave?.(options)
    this.#told.clear()
  }

  async #live (nowMs: number, options: { signal: AbortSignal }): Promise<void> {
    if (!this.#isClean) {
      await this.#registry.leave?.(options)
      this.#isClean = true
    }
    if (this.#registry.heartbeat != null) {
      if (nowMs >= this.#heartbeatDueMs) {
        const { known } = await this.#registry.heartbeat(options)
        this.#heartbeatDueMs = nowMs + this.#init.heartbeatMs * (0.9 + this.#random() / 5)
        if (!known) {
          this.#told.clear()
        }
      }
    } else if (nowMs >= this.#reprovideDueMs) {
      for (const told of this.#told.values()) {
        told.summary = undefined
      }
      this.#reprovideDueMs = nowMs + this.#reprovideMs * (0.75 + this.#random() / 2)
      this.#reprovideMs = Math.min(MAX_REPROVIDE_MS, this.#reprovideMs * REPROVIDE_GROWTH)
    }
  }

  async #flush (held: HeldTitle[], nowMs: number, options: { signal: AbortSignal }): Promise<void> {
    this.#flushDueMs = nowMs + this.#init.minIntervalMs
    const names = new Set(held.map(({ content }) => content.toString()))
    const gone = [...this.#told].filter(([name]) => !names.has(name))
    if (gone.length > 0) {
      await this.#registry.withdraw(gone.map(([, { content }]) => content), options)
      for (const [name] of gone) {
        this.#told.delete(name)
      }
    }
    const news = held.filter(
      title => this.#told.get(title.content.toString())?.summary !== this.#summary(title)
    )
    for (let at = 0; at < news.length; at += BATCH) {
      await this.provide(news.slice(at, at + BATCH), options)
    }
  }

  /** Tells of these now, and remembers it, so that they are withdrawn when they go. */
  async provide (titles: HeldTitle[], options: { signal: AbortSignal }): Promise<void> {
    const told = await Promise.all(titles.map(title => this.#withSegments(title)))
    await this.#registry.provide(told, options)
    for (const title of titles) {
      const { content } = title
      this.#told.set(content.toString(), { content, summary: this.#summary(title) })
    }
  }

  /** Segments do not change: whoever was told of the title was told of them. */
  async #withSegments (title: HeldTitle): Promise<HeldTitle> {
    const isNew = this.#registry.tracksCompleteness && !this.#told.has(title.content.toString())
    const segments = isNew ? await this.#segmentsOf?.(title.content) : undefined
    return segments == null ? title : { ...title, segments }
  }

  #summary ({ completeness }: HeldTitle): string {
    return this.#registry.tracksCompleteness
      ? completeness.map(({ rendition, held, blocks }) => `${rendition}=${held}/${blocks}`).join()
      : ''
  }
}
