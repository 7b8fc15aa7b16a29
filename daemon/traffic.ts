/**
 * Bytes in and out since the start, for people and programs that ask how the node does.
 * in: what retrieval fetched, what HTTP and exchange sent. out: totals, passed on to the metrics.
 */

import type { BytesBySource } from '../protocols/control/index.ts'
import type { Exchange, Neighbour } from '../protocols/exchange/index.ts'
import { type HttpAnswer, type HttpMetrics, isMedia } from './http/index.ts'
import type { RetrievalMetrics, SourceKind } from './retrieval/index.ts'

export class Traffic implements RetrievalMetrics, HttpMetrics {
  /** Verified block bytes, by where they came from. */
  readonly bySource: BytesBySource = { local: 0, peer: 0, edge: 0, origin: 0 }
  #mismatches = 0
  #wastedBytes = 0
  #httpBytes = 0
  #givenBytes = 0
  /** Of neighbours that are gone. */
  #goneBytes = 0
  #exchange: Pick<Exchange, 'neighbours'> | undefined
  readonly #metrics: RetrievalMetrics & HttpMetrics

  constructor (metrics: RetrievalMetrics & HttpMetrics) {
    this.#metrics = metrics
  }

  get mismatches (): number { return this.#mismatches }

  /** Received, and of no use: it lost a race, came late or was wrong. */
  get wastedBytes (): number { return this.#wastedBytes }

  /** To players, peers and edges, over HTTP and exchange. */
  get uploadedBytes (): number { return this.#httpBytes + this.exchangedBytes }

  /** Of those, what went over HTTP. */
  get httpBytes (): number { return this.#httpBytes }

  /** Of those, media handed to players. */
  get givenBytes (): number { return this.#givenBytes }

  /** To peers over exchange. */
  get exchangedBytes (): number {
    return [...this.#exchange?.neighbours() ?? []]
      .reduce((sum, { sentBytes }) => sum + sentBytes, this.#goneBytes)
  }

  /** Counts what is sent over exchange from now on. */
  follow (exchange: Pick<Exchange, 'events' | 'neighbours'>): void {
    this.#exchange = exchange
    exchange.events.addEventListener('close', event => {
      this.#goneBytes += (event as CustomEvent<Neighbour>).detail.sentBytes
    })
  }

  answered (answer: HttpAnswer): void {
    if (answer.listener === 'gateway') this.#httpBytes += answer.bytes
    if (isMedia(answer)) this.#givenBytes += answer.bytes
    this.#metrics.answered(answer)
  }

  render (): ReturnType<HttpMetrics['render']> {
    return this.#metrics.render()
  }

  delivered (kind: SourceKind, bytes: number): void {
    this.bySource[kind] += bytes
    this.#metrics.delivered(kind, bytes)
  }

  mismatch (kind: Exclude<SourceKind, 'local'>): void {
    this.#mismatches++
    this.#metrics.mismatch(kind)
  }

  wasted (kind: Exclude<SourceKind, 'local'>, bytes: number): void {
    this.#wastedBytes += bytes
    this.#metrics.wasted(kind, bytes)
  }

  fetchSeconds (kind: SourceKind, seconds: number): void {
    this.#metrics.fetchSeconds(kind, seconds)
  }
}
