/**
 * Bytes that came to a page and went from it, since it was opened: what its report is made of.
 * in: what retrieval fetched, what the exchange sent. out: sums.
 */

import type { PlaybackCounts } from '../../daemon/retrieval/playback-counts.ts'
import type { RetrievalMetrics, SourceKind } from '../../daemon/retrieval/types.ts'
import type { Exchange, Neighbour } from '../../protocols/exchange/types.ts'

type Remote = Exclude<SourceKind, 'local'>

export class PageTraffic implements RetrievalMetrics {
  /** Verified block bytes, by where they came from. */
  readonly bySource: Record<SourceKind, number> = { local: 0, peer: 0, edge: 0, origin: 0 }
  /** A page serves no HTTP. */
  readonly httpBytes = 0
  wastedBytes = 0
  readonly #playback: Pick<PlaybackCounts, 'mediaBytes'>
  /** Of neighbours that are gone, in this swarm and those before. */
  #goneBytes = 0
  #exchange: Pick<Exchange, 'neighbours'> | undefined

  constructor (components: { playback: Pick<PlaybackCounts, 'mediaBytes'> }) {
    this.#playback = components.playback
  }

  /** Media handed to the player. */
  get givenBytes (): number { return this.#playback.mediaBytes }

  /** To others. */
  get exchangedBytes (): number {
    return [...this.#exchange?.neighbours() ?? []]
      .reduce((sum, { sentBytes }) => sum + sentBytes, this.#goneBytes)
  }

  /** Counts what is sent over this exchange from now on. */
  follow (exchange: Pick<Exchange, 'events' | 'neighbours'>): void {
    this.#exchange = exchange
    exchange.events.addEventListener('close', event => {
      this.#goneBytes += (event as CustomEvent<Neighbour>).detail.sentBytes
    })
  }

  delivered (kind: SourceKind, bytes: number): void {
    this.bySource[kind] += bytes
  }

  wasted (_kind: Remote, bytes: number): void {
    this.wastedBytes += bytes
  }

  mismatch (_kind: Remote): void {}
  fetchSeconds (_kind: SourceKind, _seconds: number): void {}
}
