/**
 * Tells the network when this node's addresses change: when relays lead to it, or one is gone.
 * in: libp2p's word that something about us changed. out: a record signed anew, and trackers told.
 */

import type { Host } from '../protocols/host.ts'
import type { Announcer } from './announcer.ts'
import type { OwnRecord } from './own-record.ts'

export interface AddressNewsComponents {
  host: Pick<Host, 'getMultiaddrs' | 'addEventListener' | 'removeEventListener'>
  record: Pick<OwnRecord, 'renew'>
  announcer: Pick<Announcer, 'renew'>
}

export class AddressNews {
  readonly #components: AddressNewsComponents
  #told = ''

  constructor (components: AddressNewsComponents) {
    this.#components = components
  }

  start (): void {
    this.#told = this.#addresses()
    this.#components.host.addEventListener('self:peer:update', this.#look)
  }

  stop (): void {
    this.#components.host.removeEventListener('self:peer:update', this.#look)
  }

  readonly #look = (): void => {
    const addresses = this.#addresses()
    if (addresses === this.#told) return
    this.#told = addresses
    this.#components.announcer.renew()
    void this.#components.record.renew()
  }

  #addresses (): string {
    return this.#components.host.getMultiaddrs().map(String).sort().join()
  }
}
