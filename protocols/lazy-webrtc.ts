/**
 * WebRTC for a node that only dials it: loaded at the first dial. Its native library, certificates
 * and their ASN.1 are a quarter of what a node loads, and most nodes that do not listen on it never
 * meet a peer who is reachable in no other way.
 * in: the options of webrtc-direct. out: a transport that dials and cannot listen.
 */

import { type DialTransportOptions, type Transport, transportSymbol } from '@libp2p/interface'
import type { webRTCDirect } from '@libp2p/webrtc'
import type { Multiaddr } from '@multiformats/multiaddr'

type Factory = ReturnType<typeof webRTCDirect>
type Components = Parameters<Factory>[0]
type Started = Transport & { start?: () => Promise<void>, stop?: () => Promise<void> }

const PROTOCOL = 'webrtc-direct'

/** Whether an address is one of webrtc-direct. */
export function isWebRtc (address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === PROTOCOL)
}

export const lazyWebRtc = (init: Parameters<typeof webRTCDirect>[0]) =>
  (components: Components): Transport => new LazyWebRtc(async () => {
    const { webRTCDirect } = await import('@libp2p/webrtc')
    const transport = webRTCDirect(init)(components) as Started
    await transport.start?.()
    return transport
  })

class LazyWebRtc implements Transport {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag] = '@cdnd/lazy-webrtc'
  readonly #load: () => Promise<Started>
  #loaded: Promise<Started> | undefined

  constructor (load: () => Promise<Started>) {
    this.#load = load
  }

  async dial (address: Multiaddr, options: DialTransportOptions): ReturnType<Transport['dial']> {
    this.#loaded ??= this.#load()
    return await (await this.#loaded).dial(address, options)
  }

  createListener (): never {
    throw new Error(`${PROTOCOL} was loaded to dial only`)
  }

  listenFilter (): Multiaddr[] {
    return []
  }

  dialFilter (addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(isWebRtc)
  }

  /** libp2p stops only what it can start. */
  start (): void {}

  async stop (): Promise<void> {
    // What could not be loaded was its dialer's failure.
    const transport = await this.#loaded?.catch(() => undefined)
    await transport?.stop?.()
    this.#loaded = undefined
  }
}
