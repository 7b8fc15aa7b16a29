/**
 * The network that a scenario is played on. in: what a command line says of it, a seed. out: wires,
 * losses, who may dial whom.
 */

import type { EmulatedNetworkInit } from '../emulated-network.ts'
import { homeWires } from '../home-wires.ts'

/** None of it unless asked for, so that runs can be compared. */
export interface InternetFlags {
  /** Peers have the wires of homes, which differ; otherwise all the same. */
  homes?: boolean
  /** Of a hundred pairs of peers, how many may dial each other. */
  reach?: number
  /** Of a hundred peers, how many are behind NAT. */
  nat?: number
  /** Of a thousand TCP segments, how many are lost. */
  loss?: number
}

/** A peer's wires, bytes a second: 20 Mbit/s up, 100 Mbit/s down. */
const PEER_WIRES = { uploadBytesPerSecond: 2_500_000, downloadBytesPerSecond: 12_500_000 }
const JITTER_MS = 1

/** `serverBytesPerSecond` each way, of each edge and the origin. */
export function internet (
  { homes = false, reach = 100, nat = 0, loss = 0, seed }: InternetFlags & { seed: number },
  serverBytesPerSecond: number
): EmulatedNetworkInit {
  const wiresOf = homes ? homeWires(seed) : () => PEER_WIRES
  const server = {
    uploadBytesPerSecond: serverBytesPerSecond, downloadBytesPerSecond: serverBytesPerSecond
  }
  return {
    delayMs: 0,
    jitterMs: JITTER_MS,
    hasRegions: true,
    lossShare: loss / 1000,
    hostShape: name => /peer/.test(name) ? wiresOf(name) : server,
    ...((reach < 100 || nat > 0) && {
      reach: { pairShare: reach / 100, natShare: nat / 100, seed }
    })
  }
}
