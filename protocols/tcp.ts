/**
 * libp2p's TCP, whose connections last while their muxers ask for each other. For Node only.
 */

import type { Transport } from '@libp2p/interface'
import { type TCPComponents, type TCPOptions, tcp as libp2pTcp } from '@libp2p/tcp'

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

export const tcp = (
  init: TCPOptions = {}
): (components: TCPComponents) => Transport => libp2pTcp({
  inboundSocketInactivityTimeout: SILENCE_MS, outboundSocketInactivityTimeout: SILENCE_MS, ...init
})
