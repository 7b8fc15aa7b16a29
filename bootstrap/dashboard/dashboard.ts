/**
 * How the network does, step by step over the last hour.
 * in: a tracker, which keeps what nodes last reported. out: figures that change once a step.
 *
 * Reports are sums: a replica that looks at the store they are kept in sees what all nodes say,
 * whichever replica they spoke to. The history is its own, from when it started.
 */

import { setImmediate } from 'node:timers/promises'
import type { Logger } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import { Rounds } from '../../daemon/rounds.ts'
import type { Clock, Timer } from '../../protocols/clock.ts'
import type { Figures, ListedTitle } from '../../protocols/dashboard/index.ts'
import { decodeReport, type NodeReport } from '../../protocols/tracker/index.ts'
import type { CountedNode } from '../store.ts'
import type { BootstrapTracker } from '../tracker.ts'
import { believed, type Said } from './belief.ts'
import { Contributions } from './contributions.ts'
import { type Counted, FRESH_MS, incrementOf } from './increment.ts'
import { stepOf, type Told } from './step.ts'

export interface DashboardComponents {
  tracker: Pick<BootstrapTracker, 'nodes'>
  clock: Clock
  timer: Timer
  log: Logger
}

export interface DashboardInit {
  /** Between two looks at the store. Higher: less work; lower: sooner seen. */
  stepMs?: number
  /** Steps kept: an hour of them. */
  maxSteps?: number
  /** Nodes looked at, edges and origins first. */
  maxNodes?: number
}

/** As often as nodes speak. */
export const DEFAULT_DASHBOARD: Required<DashboardInit> = {
  stepMs: 30_000, maxSteps: 120, maxNodes: 2_000
}

/** Nodes whose last report is remembered: those of a larger network take turns. */
const MAX_REMEMBERED = 4_000
const MAX_TOP = 20
const MAX_TITLES = 50
const READ_AT_ONCE = 100
/** A node speaks for so long at least, and is usual for so long at most. */
const MIN_ELAPSED_MS = 30_000
const LATELY_MS = 10 * 60_000

/** What a node last said, and when that was new. */
interface Heard {
  bytes: Uint8Array
  report: Counted
  /** Content ID and rendition of what it holds in part. */
  partly: string[]
  atMs: number
  said: Said
}

type News = Said & Pick<Told, 'id' | 'region'>

export class Dashboard {
  readonly #components: DashboardComponents
  readonly #init: Required<DashboardInit>
  readonly #rounds: Rounds
  readonly #heard = new LRUCache<string, Heard>({ max: MAX_REMEMBERED })
  readonly #contributions = new Contributions()
  #figures: Figures

  constructor (components: DashboardComponents, init: DashboardInit = {}) {
    this.#components = components
    this.#init = { ...DEFAULT_DASHBOARD, ...init }
    const { stepMs } = this.#init
    this.#figures = { stepMs, steps: [], top: [], titles: [], isWhole: true }
    this.#rounds = new Rounds(components, {
      pauseMs: () => stepMs, failure: 'cannot look at what nodes report'
    }, async () => { await this.step() })
  }

  start (): void { this.#rounds.start() }

  async stop (): Promise<void> { await this.#rounds.stop() }

  /** The same object until the next step. */
  figures (): Figures { return this.#figures }

  /** Looks, and makes the next step; the timer calls it. */
  async step (): Promise<void> {
    const { maxNodes, maxSteps, stepMs } = this.#init
    const tracked = await this.#components.tracker.nodes(maxNodes + 1)
    const nowMs = this.#components.clock()
    const shown = tracked.slice(0, maxNodes)
    const told = await this.#listen(shown, nowMs)
    const step = stepOf(shown, told, nowMs)
    for (const { id, role, region, counts: { peer, edge, origin, uploaded } } of told) {
      const fetched = peer + edge + origin
      this.#contributions.add({ id, role, region, uploaded, fromPeers: peer, fetched }, nowMs)
    }
    this.#figures = {
      stepMs,
      steps: [...this.#figures.steps, step].slice(-maxSteps),
      top: this.#contributions.top(MAX_TOP, nowMs),
      titles: this.#titles(shown),
      isWhole: tracked.length <= maxNodes
    }
  }

  /** What is new of each node, as far as it is believed. */
  async #listen (nodes: readonly CountedNode[], nowMs: number): Promise<Told[]> {
    const said: News[] = []
    for (const [i, node] of nodes.entries()) {
      said.push(...this.#news(node, nowMs))
      // Whoever asks the tracker something meanwhile does not wait for all of it.
      if (i % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate()
    }
    const lately = [...this.#heard.values()].filter(({ atMs }) => nowMs - atMs <= LATELY_MS)
      .map(one => one.said)
    return believed(said, lately).map(({ increment, isCut }, i): Told =>
      ({ ...said[i]!, ...increment, isCut }))
  }

  #news (
    { record, report: bytes }: CountedNode, nowMs: number
  ): News[] {
    const id = record.peer.toString()
    const before = this.#heard.get(id)
    if (bytes == null || (before != null && isSame(before.bytes, bytes))) return []
    const report = decoded(bytes)
    if (report == null) return []
    const { holds, ...rest } = report
    const partly = holds.map(({ content, rendition }) => `${content} ${rendition}`)
    const elapsedMs = Math.min(FRESH_MS,
      Math.max(MIN_ELAPSED_MS, nowMs - (before?.atMs ?? report.sinceMs)))
    const { role, region } = record
    const said = { role, elapsedMs, increment: incrementOf(before?.report, report, nowMs) }
    this.#heard.set(id, { bytes, report: rest, partly, atMs: nowMs, said })
    return [{ id, region, ...said }]
  }

  #titles (nodes: readonly CountedNode[]): ListedTitle[] {
    const counts = new Map<string, number>()
    for (const { record } of nodes) {
      for (const title of this.#heard.peek(record.peer.toString())?.partly ?? []) {
        counts.set(title, (counts.get(title) ?? 0) + 1)
      }
    }
    return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MAX_TITLES)
      .map(([title, partly]) => {
        const at = title.indexOf(' ')
        return { content: title.slice(0, at), rendition: title.slice(at + 1), partly }
      })
  }
}

/** Undefined for bytes that are no report. */
function decoded (bytes: Uint8Array): NodeReport | undefined {
  try {
    return decodeReport(bytes)
  } catch {
    // A node of another version, or one that plays tricks: it has told us nothing.
    return undefined
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]))
