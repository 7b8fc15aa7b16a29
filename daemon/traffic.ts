/**
 * Bytes in and out since the start, for people and programs that ask how the node does.
 * in: what retrieval fetched, what HTTP and exchange sent. out: totals, passed on to the metrics.
 */

import type { BytesBySource } from '../protocols/control/index.ts'
import type { Exchange, Neighbour } from '../protocols/exchange/index.ts'
import type { HttpAnswer, HttpMetrics } from './http/index.ts'
import type { RetrievalMetrics, SourceKind } from './retrieval/index.ts'

export class Traffic implements RetrievalMetrics, HttpMetrics {
  /** Verified block bytes, by where they came from. */
  readonly bySource: BytesBySource = { local: 0, peer: 0, edge: 0, origin: 0 }
  #mismatches = 0
  #httpBytes = 0
  /** Of neighbours that are gone. */
  #goneBytes = 0
  #exchange: Exchange | undefined
  readonly #metrics: RetrievalMetrics & HttpMetrics

  constructor (metrics: RetrievalMetrics & HttpMetrics) {
    this.#metrics = metrics
  }

  get mismatches (): number { return this.#mismatches }

  /** To players, peers and edges, over HTTP and exchange. */
  get uploadedBytes (): number {
    const neighbours = [...this.#exchange?.neighbours() ?? []]
    return this.#httpBytes + this.#goneBytes + neighbours.reduce((sum, { sentBytes }) => sum + sentBytes, 0)
  }

  /** Counts what is sent over exchange from now on. */
  follow (exchange: Exchange): void {
    this.#exchange = exchange
    exchange.events.addEventListener('close', event => {
      this.#goneBytes += (event as CustomEvent<Neighbour>).detail.sentBytes
    })
  }

  answered (answer: HttpAnswer): void {
    if (answer.listener === 'gateway') this.#httpBytes += answer.bytes
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

  fetchSeconds (kind: SourceKind, seconds: number): void {
    this.#metrics.fetchSeconds(kind, seconds)
  }
}
