/**
 * Trackers as a source of providers: all asked side by side, the first answers first.
 * in: a content ID. out: what they hand out; their records were checked by the tracker client.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { NodeRecord, TrackedProvider, Tracker } from '../../protocols/tracker/index.ts'
import { mergeSources } from './merge.ts'
import { RepeatedFailure } from './repeated-failure.ts'
import type { Provider, ProviderSource } from './types.ts'

export interface TrackerSourceComponents {
  trackers: Array<Pick<Tracker, 'lookup'>>
  /** Our own, which a tracker asked over HTTP does not leave out. */
  peerId: PeerId
  /** Told of each record handed out. */
  onRecord?: (record: NodeRecord) => void
  log: Logger
}

export class TrackerSource implements ProviderSource {
  readonly name = 'tracker'
  readonly #components: TrackerSourceComponents
  readonly #all: Pick<ProviderSource, 'find'>

  constructor (components: TrackerSourceComponents) {
    this.#components = components
    this.#all = mergeSources(components.trackers.map(tracker => {
      const failure = new RepeatedFailure()
      return {
        name: 'tracker', find: (content, options) => this.#ask(tracker, failure, content, options)
      }
    }))
  }

  find (content: CID, options: { signal: AbortSignal }): AsyncIterable<Provider> {
    return this.#all.find(content, options)
  }

  async * #ask (
    tracker: Pick<Tracker, 'lookup'>, failure: RepeatedFailure, content: CID,
    options: { signal: AbortSignal }
  ): AsyncGenerator<Provider> {
    const { peerId, log } = this.#components
    try {
      const found = await tracker.lookup(content, options)
      failure.isOver()
      for (const { record } of found) this.#components.onRecord?.(record)
      yield * found.filter(({ record }) => !record.peer.equals(peerId)).map(toProvider)
    } catch (err) {
      if (!options.signal.aborted && failure.isNews(err)) {
        log('a tracker does not say who has %c: %s', content, (err as Error).message)
      }
    }
  }
}

function toProvider ({ record, rttMs, interested }: TrackedProvider): Provider {
  const { peer, addresses, role, region } = record
  return {
    peer,
    addresses,
    via: 'tracker',
    role,
    region,
    ...(rttMs == null ? {} : { rttMs }),
    ...(interested === true && { isInterested: true })
  }
}
