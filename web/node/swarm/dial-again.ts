/**
 * A dial that is begun anew when the two do not reach each other soon after they have agreed how.
 */

import type { DialTransportOptions, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

type Dial = Transport['dial']

/** Offer and answer were said; what is left is to reach each other. */
const SAID = 'webrtc:read-ice-candidates'
/** Higher: for those who reach each other slowly, who get all the time in the last try. */
const REACH_MS = 2_500
export const MAX_TRIES = 3

/** @throws what the last try does */
export async function dialAgain (
  dial: Dial, address: Multiaddr, options: DialTransportOptions, reachMs = REACH_MS
): ReturnType<Dial> {
  for (let tried = 1; ; tried++) {
    const waited = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const onProgress: typeof options.onProgress = event => {
      options.onProgress?.(event)
      if (event.type !== SAID || tried === MAX_TRIES) return
      timer ??= setTimeout(() => { waited.abort() }, reachMs)
    }
    try {
      const signal = AbortSignal.any([options.signal, waited.signal])
      return await dial(address, { ...options, signal, onProgress })
    } catch (err) {
      options.signal.throwIfAborted()
      if (!waited.signal.aborted) throw err
    } finally {
      clearTimeout(timer)
    }
  }
}
