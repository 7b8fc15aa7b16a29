/**
 * Bootstraps that come back at other addresses: a WebRTC address names a certificate, which is new
 * after each start.
 * in: what they answered when the page joined. out: while the page is connected to none of one's
 * addresses, new ones of it, asked over HTTP.
 */

import type { Logger } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { pause } from '../../../daemon/discovery/pause.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import { askToJoin, type JoinAnswer } from '../ask-bootstrap.ts'
import type { BrowserHost } from './browser-host.ts'

export interface FindAgainComponents {
  host: Pick<BrowserHost, 'dial' | 'getConnections'>
  /** By the URL of each bootstrap. */
  answers: ReadonlyMap<string, JoinAnswer>
  page: string
  log: Logger
}

export interface FindAgainInit {
  /** Between two looks, {@link DEFAULT_LOOK_MS}. */
  lookMs?: number
}

/** Higher: fewer questions to one that is down; lower: sooner in the room again. */
export const DEFAULT_LOOK_MS = 10_000
const DIAL_MS = 5_000

export class FindAgain {
  readonly #components: FindAgainComponents
  readonly #lookMs: number
  #lifetime: AbortController | undefined
  #looking: Promise<unknown> = Promise.resolve()

  constructor (components: FindAgainComponents, { lookMs = DEFAULT_LOOK_MS }: FindAgainInit = {}) {
    this.#components = components
    this.#lookMs = lookMs
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    this.#looking = Promise.all(Array.from(this.#components.answers, async ([base, answer]) => {
      await this.#look(base, answer, signal)
    }))
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    await this.#looking
  }

  /** Until the signal aborts. Never rejects. */
  async #look (base: string, { addresses }: JoinAnswer, signal: AbortSignal): Promise<void> {
    const peers = new Set(addresses.flatMap(address => /\/p2p\/([^/]+)$/.exec(address)?.[1] ?? []))
    while (!signal.aborted) {
      await pause(systemTimer, this.#lookMs * (0.75 + Math.random() / 2), signal)
      const { host, page, log } = this.#components
      const isLost = [...peers].every(peer =>
        host.getConnections(peerIdFromString(peer)).length === 0)
      if (signal.aborted || !isLost) continue
      try {
        const answer = await askToJoin(base, { page, signal })
        await host.dial(answer.addresses.map(address => multiaddr(address)), {
          signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)])
        })
        log('found the bootstrap at %s again', base)
      } catch (err) {
        if (!signal.aborted) log.trace('the bootstrap at %s is still away - %e', base, err)
      }
    }
  }
}
