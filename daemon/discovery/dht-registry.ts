/**
 * The Kademlia DHT as a place to say what we hold: one record a title, with peers near its name.
 * The DHT forgets only by time, so leaving is the tracker's to know.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { systemTimer, type Timer } from '../../protocols/clock.ts'
import { PeerGoneError } from '../../protocols/errors.ts'
import { pause } from './pause.ts'
import type { HeldTitle, ProviderRegistry } from './types.ts'

interface Progress { type: string, detail: unknown }

export interface DhtRegistryComponents {
  /** Such as libp2p's. */
  contentRouting: {
    provide (
      content: CID, options: { signal: AbortSignal, onProgress: (event: Progress) => void }
    ): Promise<void>
    cancelReprovide (content: CID, options: { signal: AbortSignal }): Promise<void>
  }
  log: Logger
  timer?: Timer
}

export interface DhtRegistryInit {
  /** {@link DHT_PATIENCE_MS} where a tracker tells others meanwhile, {@link DHT_SETTLE_MS} else. */
  patienceMs?: number
  /** Of one title, {@link DEFAULT_PROVIDE_TIMEOUT_MS}. */
  timeoutMs?: number
}

/** Higher: records reach more peers of a slow network; lower: a long list is through sooner. */
export const DEFAULT_PROVIDE_TIMEOUT_MS = 10_000
/** Who begins to play has no CPU for it. Higher: calmer starts; lower: found without a tracker. */
export const DHT_PATIENCE_MS = 15_000
/** Before a node has looked for its neighbours, its records go to nodes nobody asks. */
export const DHT_SETTLE_MS = 3_000

/** A burst of queries would take the CPU and sockets that playback needs. */
const BETWEEN_TITLES_MS = 100

export class DhtRegistry implements ProviderRegistry {
  readonly name = 'dht'
  readonly tracksCompleteness = false
  readonly patienceMs: number
  readonly #components: DhtRegistryComponents
  readonly #timeoutMs: number

  constructor (components: DhtRegistryComponents, init: DhtRegistryInit = {}) {
    this.#components = components
    this.patienceMs = init.patienceMs ?? DHT_SETTLE_MS
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_PROVIDE_TIMEOUT_MS
  }

  /** One after the other, at a walk. */
  async provide (titles: HeldTitle[], { signal }: { signal: AbortSignal }): Promise<void> {
    const { timer = systemTimer } = this.#components
    for (const [i, { content }] of titles.entries()) {
      if (i > 0) await pause(timer, BETWEEN_TITLES_MS, signal)
      signal.throwIfAborted()
      await this.#provide(content, signal)
    }
  }

  async withdraw (contents: CID[], options: { signal: AbortSignal }): Promise<void> {
    for (const content of contents) {
      await this.#components.contentRouting.cancelReprovide(content, options)
    }
  }

  /** @throws PeerGoneError when no peer took the record, as on a node that has met nobody yet */
  async #provide (content: CID, outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(this.#timeoutMs)])
    let told = 0
    const onProgress = ({ type, detail }: Progress): void => {
      if (type === 'kad-dht:query:peer-response' && isRecordTaken(detail)) {
        told++
      }
    }
    try {
      await this.#components.contentRouting.provide(content, { signal, onProgress })
    } catch (err) {
      outer.throwIfAborted()
      if (told === 0) {
        throw err
      }
      const { message } = err as Error
      this.#components.log('told only %d peers of %c: %s', told, content, message)
    }
    if (told === 0) {
      throw new PeerGoneError(`no peer of the DHT took the record of ${content}`)
    }
  }
}

const isRecordTaken = (detail: unknown): boolean =>
  (detail as { messageName?: string } | undefined)?.messageName === 'ADD_PROVIDER'
