/**
 * The Kademlia DHT as a source of providers.
 * in: a content ID.
 * out: peers whose records the DHT holds; ends in time, whether the DHT does or not.
 */

import type { Logger, PeerId, PeerInfo } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { systemTimer, type Timer } from '../../protocols/clock.ts'
import { RepeatedFailure } from './repeated-failure.ts'
import type { Provider, ProviderSource } from './types.ts'
import { untilAborted } from './until-aborted.ts'

export interface DhtSourceComponents {
  /** Such as libp2p's. */
  contentRouting: {
    findProviders (content: CID, options: { signal: AbortSignal }): AsyncIterable<PeerInfo>
  }
  /** Our own, which the DHT tells us of too. */
  peerId: PeerId
  log: Logger
  timer?: Timer
}

export interface DhtSourceInit {
  /** {@link DEFAULT_DHT_TIMEOUT_MS}. Higher: finds more in large networks; lower: ends sooner. */
  timeoutMs?: number
  /** Ends sooner when nobody was named for so long; asked at each search. */
  silenceMs?: () => number
}

/** Measured: "nobody has it" takes 20–30 ms with 3 nodes, 230–370 with 60; a first query 1.2 s. */
export const DEFAULT_DHT_TIMEOUT_MS = 2_000

export class DhtSource implements ProviderSource {
  readonly name = 'dht'
  readonly #components: DhtSourceComponents
  readonly #timeoutMs: number
  readonly #silenceMs: () => number
  readonly #failure = new RepeatedFailure()

  constructor (components: DhtSourceComponents, init: DhtSourceInit = {}) {
    this.#components = components
    const { timeoutMs = DEFAULT_DHT_TIMEOUT_MS, silenceMs = () => timeoutMs } = init
    this.#timeoutMs = timeoutMs
    this.#silenceMs = silenceMs
  }

  async * find (content: CID, options: { signal: AbortSignal }): AsyncGenerator<Provider> {
    const { contentRouting, peerId, log, timer = systemTimer } = this.#components
    // Our own timers: the DHT was measured to overrun a signal of 250 ms by 150.
    const silence = new AbortController()
    const signal = AbortSignal.any([
      options.signal, AbortSignal.timeout(this.#timeoutMs), silence.signal
    ])
    const hear = timer(this.#silenceMs(), () => { silence.abort() })
    try {
      const found = untilAborted(contentRouting.findProviders(content, { signal }), signal)
      for await (const { id, multiaddrs } of found) {
        hear()
        if (!id.equals(peerId)) {
          yield { peer: id, addresses: multiaddrs, via: 'dht' }
        }
      }
    } catch (err) {
      if (!signal.aborted && this.#failure.isNews(err)) {
        log('the DHT does not say who has %c: %s', content, (err as Error).message)
      }
    } finally {
      hear()
    }
  }
}
