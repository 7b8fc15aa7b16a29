/**
 * Daemons that came to a page over a relay, since they cannot dial one: the page dials them.
 * in: neighbours on limited connections, with their signed records. out: direct ones instead.
 */

import type { Logger } from '@libp2p/interface'
import type { Exchange, Neighbour } from '../../../protocols/exchange/types.ts'
import { naming } from '../../../protocols/exchange/naming.ts'
import { openRecord } from '../../../protocols/tracker/record.ts'
import type { BrowserHost } from './browser-host.ts'
import { isForPages } from './told-addresses.ts'

export interface MeetDirectlyComponents {
  host: Pick<BrowserHost, 'dial'>
  exchange: Pick<Exchange, 'events' | 'connect'>
  network: string
  log: Logger
}

const DIAL_MS = 5_000
/** A node has few; more would be somebody else's. */
const MAX_DIALLED = 4

export class MeetDirectly {
  readonly #components: MeetDirectlyComponents
  #lifetime: AbortController | undefined

  constructor (components: MeetDirectlyComponents) {
    this.#components = components
  }

  start (): void {
    this.#lifetime ??= new AbortController()
    const { signal } = this.#lifetime
    this.#components.exchange.events.addEventListener('open', event => {
      const neighbour = (event as CustomEvent<Neighbour>).detail
      if (neighbour.isLimited) void this.#meet(neighbour, signal)
    }, { signal })
  }

  stop (): void {
    this.#lifetime?.abort()
    this.#lifetime = undefined
  }

  /** Never rejects. */
  async #meet ({ peer, hello }: Neighbour, lifetime: AbortSignal): Promise<void> {
    const { host, exchange, network, log } = this.#components
    const signal = AbortSignal.any([lifetime, AbortSignal.timeout(DIAL_MS)])
    try {
      if (hello.record == null) return
      const record = await openRecord(hello.record, { network })
      const addresses = record.addresses.filter(isForPages).slice(0, MAX_DIALLED)
      if (!record.peer.equals(peer) || addresses.length === 0) return
      await host.dial(addresses.map(address => naming(address, peer)), { signal })
      await exchange.connect(peer, [], { signal })
    } catch (err) {
      log('could not meet %p directly: %s', peer, (err as Error).message)
    }
  }
}
