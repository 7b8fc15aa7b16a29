/**
 * News of the graph as server-sent events.
 * in: HTTP responses to speak to. out: to each the whole graph, then what changed, at most once a
 * second and in one piece, however long it could not be told.
 *
 *   event: graph   data: the graph           at the start
 *   event: delta   data: what has changed    see protocols/topology
 *   :              a comment, when there was nothing else to say for 15 s
 */

import type { ServerResponse } from 'node:http'
import type { Logger } from '@libp2p/interface'
import type { Clock, Timer } from '../../protocols/clock.ts'
import { OverloadedError } from '../../protocols/errors.ts'
import { differenceOf, type Graph } from '../../protocols/topology/index.ts'
import { encodedGraph } from './encoded-graph.ts'
import type { Topology } from './topology.ts'

export interface GraphFeedComponents {
  topology: Pick<Topology, 'graph'>
  clock: Clock
  timer: Timer
  log: Logger
}

export interface GraphFeedInit {
  /** Listeners at once. Higher: more pages; lower: less memory and sending. */
  maxListeners?: number
  /** Of them, of one IP address. */
  maxPerAddress?: number
  /** Between two looks at the graph. */
  intervalMs?: number
  /** Without news, a comment after so long, so that proxies keep the connection. */
  heartbeatMs?: number
  /** Who does not read for so long is cut off. Lower: less memory for the slow. */
  slowMs?: number
}

export const DEFAULT_FEED: Required<GraphFeedInit> = {
  maxListeners: 64, maxPerAddress: 8, intervalMs: 1_000, heartbeatMs: 15_000, slowMs: 10_000
}

/** Browsers come back after so long. */
const RETRY_MS = 3_000
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Some proxies gather an answer before they pass it on.
  'x-accel-buffering': 'no'
}

interface Listener {
  response: ServerResponse
  address: string
  /** The graph as the listener knows it. */
  told: Graph
  toldMs: number
  /** Since when it has not taken what was written. */
  stuckSinceMs?: number
}

export class GraphFeed {
  readonly #components: GraphFeedComponents
  readonly #init: Required<GraphFeedInit>
  readonly #listeners = new Set<Listener>()
  #cancelTick: (() => void) | undefined

  constructor (components: GraphFeedComponents, init: GraphFeedInit = {}) {
    this.#components = components
    this.#init = { ...DEFAULT_FEED, ...init }
  }

  get size (): number { return this.#listeners.size }

  /**
   * Speaks to a response until its connection closes.
   *
   * @throws OverloadedError when there are as many listeners as we take
   */
  async add (response: ServerResponse, address: string): Promise<void> {
    const told = await this.#components.topology.graph()
    this.#assertRoom(address)
    if (response.destroyed) return
    const listener = { response, address, told, toldMs: this.#components.clock() }
    this.#listeners.add(listener)
    response.on('close', () => { this.#listeners.delete(listener) })
    response.writeHead(200, HEADERS)
    this.#write(listener, `retry: ${RETRY_MS}\nevent: graph\ndata: `, encodedGraph(told).json, END)
    this.#tickLater()
  }

  /** Ends every connection; browsers come back by themselves. */
  stop (): void {
    this.#cancelTick?.()
    this.#cancelTick = undefined
    for (const { response } of this.#listeners) response.destroy()
    this.#listeners.clear()
  }

  #assertRoom (address: string): void {
    const { maxListeners, maxPerAddress } = this.#init
    const alike = [...this.#listeners].filter(listener => listener.address === address)
    if (this.#listeners.size >= maxListeners || alike.length >= maxPerAddress) {
      throw new OverloadedError('as many listen to the graph as this node takes: ask GET /graph')
    }
  }

  #tickLater (): void {
    if (this.#listeners.size === 0) return
    this.#cancelTick ??= this.#components.timer(this.#init.intervalMs, () => {
      void this.#tick().finally(() => {
        this.#cancelTick = undefined
        this.#tickLater()
      })
    })
  }

  /** Never rejects: the next look at the graph may succeed. */
  async #tick (): Promise<void> {
    try {
      const graph = await this.#components.topology.graph()
      const news = new Map<Graph, Buffer | undefined>()
      for (const listener of this.#listeners) this.#tell(listener, graph, news)
    } catch (err) {
      this.#components.log.error('could not look at the graph - %e', err)
    }
  }

  /** `news` of the graph by what a listener knows: most know the same. */
  #tell (listener: Listener, graph: Graph, news: Map<Graph, Buffer | undefined>): void {
    const { heartbeatMs, slowMs } = this.#init
    const nowMs = this.#components.clock()
    if (listener.stuckSinceMs != null) {
      if (nowMs - listener.stuckSinceMs >= slowMs) listener.response.destroy()
      return
    }
    if (!news.has(listener.told)) news.set(listener.told, deltaBytes(listener.told, graph))
    const bytes = news.get(listener.told)
    listener.told = graph
    if (bytes != null) this.#write(listener, bytes)
    else if (nowMs - listener.toldMs >= heartbeatMs) this.#write(listener, ':\n\n')
  }

  #write (listener: Listener, ...pieces: Array<string | Buffer>): void {
    const { response } = listener
    listener.toldMs = this.#components.clock()
    const hasRoom = pieces.map(piece => response.write(piece)).every(Boolean)
    if (hasRoom) return
    listener.stuckSinceMs = listener.toldMs
    response.once('drain', () => { delete listener.stuckSinceMs })
  }
}

const END = '\n\n'

function deltaBytes (before: Graph, after: Graph): Buffer | undefined {
  const delta = before === after ? undefined : differenceOf(before, after)
  return delta && Buffer.from(`event: delta\ndata: ${JSON.stringify(delta)}${END}`)
}
