/**
 * A quota in segments, which are as large as those that are played.
 * in: plays. out: the same, counted, and a store that has room for so many segments.
 */

import type { Logger } from '@libp2p/interface'
import type { Manifest } from '../protocols/content/index.ts'
import type { PlayCounter } from './http/play-counting.ts'
import type { Plays } from './plays.ts'
import type { Store } from './store/index.ts'

export interface Quota {
  /** 0 where it is in segments only. */
  quotaBytes: number
  /** 0 where it is in bytes only. */
  quotaSegments: number
}

/** The larger of both, in bytes. */
export function bytesOf (
  { quotaBytes, quotaSegments }: Quota, { segmentCost }: Pick<Plays, 'segmentCost'>
): number {
  return Math.ceil(Math.max(quotaBytes, quotaSegments * segmentCost))
}

export class SegmentQuota implements PlayCounter {
  readonly #plays: Pick<Plays, 'segment' | 'bytes' | 'segmentCost'>
  readonly #store: Pick<Store, 'quotaBytes' | 'setQuota'>
  readonly #log: Logger
  readonly #quota: Quota

  constructor (
    components: {
      plays: Pick<Plays, 'segment' | 'bytes' | 'segmentCost'>
      store: Pick<Store, 'quotaBytes' | 'setQuota'>
      log: Logger
    },
    quota: Quota
  ) {
    this.#plays = components.plays
    this.#store = components.store
    this.#log = components.log
    this.#quota = quota
  }

  segment (manifest: Manifest, rendition: string, number: number, times: number): void {
    this.#plays.segment(manifest, rendition, number, times)
    const bytes = bytesOf(this.#quota, this.#plays)
    if (bytes === this.#store.quotaBytes) return
    this.#log('the store may hold %d bytes, by the size of the segments played', bytes)
    this.#store.setQuota(bytes).catch(err => {
      this.#log.error('cannot make the store fit its quota: %e', err)
    })
  }

  bytes (manifest: Manifest, bytes: number): void {
    this.#plays.bytes(manifest, bytes)
  }
}
