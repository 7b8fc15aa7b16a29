/**
 * libp2p's TCP, whose connections last while their muxers ask for each other, and are encrypted
 * without a round trip to agree on it. For Node only.
 */

import type { Transport } from '@libp2p/interface'
import { type TCPComponents, type TCPOptions, tcp as libp2pTcp } from '@libp2p/tcp'
import { encryptLazily } from './lazy-negotiation.ts'

/**
 * yamux measures its RTT at the start, and again at each look whether the other is there. Higher:
 * idle nodes sleep longer; lower: the dead are found sooner where no exchange PINGs them.
 */
export const KEEP_ALIVE_MS = 120_000

/**
 * A connection on which nothing went either way for so long is over. At libp2p's default, 120 s,
 * one that rests ended before its muxers asked; those the DHT keeps were dialled again at once.
 */
export const SILENCE_MS = 2 * KEEP_ALIVE_MS

export const tcp = (init: TCPOptions = {}) => (components: TCPComponents): Transport => {
  const transport: Transport = libp2pTcp({
    inboundSocketInactivityTimeout: SILENCE_MS, outboundSocketInactivityTimeout: SILENCE_MS, ...init
  })(components)
  const dial = transport.dial.bind(transport)
  transport.dial = async (address, options) =>
    await dial(address, { ...options, upgrader: encryptLazily(options.upgrader) })
  return transport
}
