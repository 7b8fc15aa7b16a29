/**
 * Pages that are gone. in: connections to us that close. out: their records forgotten at once: a
 * page is only reached over relays, and nobody is sent to one that has left.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Host } from '../protocols/host.ts'
import { relayOf } from '../protocols/nat/index.ts'
import type { BootstrapTracker } from './tracker.ts'

export interface DeparturesComponents {
  host: Pick<Host, 'peerId' | 'addEventListener' | 'removeEventListener'>
  tracker: Pick<BootstrapTracker, 'node' | 'forget'>
  log: Logger
}

export class Departures {
  readonly #components: DeparturesComponents

  constructor (components: DeparturesComponents) {
    this.#components = components
  }

  start (): void {
    this.#components.host.addEventListener('peer:disconnect', this.#onDisconnect)
  }

  stop (): void {
    this.#components.host.removeEventListener('peer:disconnect', this.#onDisconnect)
  }

  readonly #onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
    const { tracker, log } = this.#components
    this.#forget(detail.toString(), tracker).catch((err: Error) => {
      // That the store is out of reach has been said; the record ends by its time.
      if (err.name === 'TrackerUnavailableError') return
      log.error('could not forget %p, which left - %e', detail, err)
    })
  }

  async #forget (peer: string, tracker: DeparturesComponents['tracker']): Promise<void> {
    const us = this.#components.host.peerId.toString()
    const { addresses = [] } = (await tracker.node(peer))?.record ?? {}
    const isGone = addresses.length > 0 &&
      addresses.some(isForPages) && addresses.every(address => relayOf(address) === us)
    if (isGone) await tracker.forget(peer)
  }
}

/** `…/p2p-circuit/webrtc`: what only a browser listens on. */
function isForPages (address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'webrtc')
}
