/**
 * Public addresses that this machine itself has. libp2p tells of them only once strangers have
 * dialled us there on request (AutoNAT); whoever listens on one need not ask.
 * in: transports that begin to listen. out: a libp2p service.
 */

import type { Libp2pEvents, Listener, Startable, TypedEventTarget } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isRelayed } from './told-addresses.ts'

export interface OwnAddressesComponents {
  events: TypedEventTarget<Libp2pEvents>
  addressManager: {
    confirmObservedAddr (address: Multiaddr, options: { type: 'transport', ttl: number }): void
  }
}

export const ownAddresses = () =>
  ({ events, addressManager }: OwnAddressesComponents): Startable => {
    const onListening = ({ detail }: CustomEvent<Listener>): void => {
      for (const address of detail.getAddrs().filter(address => !isRelayed(address))) {
        addressManager.confirmObservedAddr(address, { type: 'transport', ttl: Infinity })
      }
    }
    return {
      start: () => { events.addEventListener('transport:listening', onListening) },
      stop: () => { events.removeEventListener('transport:listening', onListening) }
    }
  }
