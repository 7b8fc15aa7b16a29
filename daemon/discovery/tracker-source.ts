/**
 * Trackers as a source of providers: all asked side by side, the first answers first.
 * in: a content ID. out: what they hand out; their records were checked by the tracker client.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { TrackedProvider, Tracker } from '../../protocols/tracker/index.ts'
import { mergeSources } from './merge.ts'
import type { Provider, ProviderSource } from './types.ts'

export interface TrackerSourceComponents {
  trackers: Array<Pick<Tracker, 'lookup'>>
  /** Our own, which a tracker asked over HTTP does not leave out. */
  peerId: PeerId
  log: Logger
}

export class TrackerSource implements ProviderSource {
  readonly name = 'tracker'
  readonly #components: TrackerSourceComponents
  readonly #all: Pick<ProviderSource, 'find'>

  constructor (components: TrackerSourceComponents) {
    this.#components = components
    this.#all = mergeSources(components.trackers.map(tracker => ({
      name: 'tracker',
      find: (content, options) => this.#ask(tracker, content, options)
    })))
  }

  find (content: CID, options: { signal: AbortSignal }): AsyncIterable<Provider> {
    return this.#all.find(content, options)
  }

  async * #ask (
    tracker: Pick<Tracker, 'lookup'>, content: CID, options: { signal: AbortSignal }
  ): AsyncGenerator<Provider> {
    const { peerId, log } = this.#components
    try {
      const found = await tracker.lookup(content, options)
      yield * found.filter(({ record }) => !record.peer.equals(peerId)).map(toProvider)
    } catch (err) {
      if (!options.signal.aborted) {
        log('failed to ask a tracker for %c - %e', content, err)
      }
    }
  }
}

function toProvider ({ record, rttMs }: TrackedProvider): Provider {
  const { peer, addresses, role, region } = record
  return { peer, addresses, via: 'tracker', role, region, ...(rttMs == null ? {} : { rttMs }) }
}
