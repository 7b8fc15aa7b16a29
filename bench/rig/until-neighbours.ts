/**
 * Waits until a network has joined itself. in: its peers, how many neighbours each is to have.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Network } from '../../testnet/network.ts'

const TIMEOUT_MS = 120_000
const POLL_MS = 250

/** Rejects when a peer has fewer two minutes later. */
export async function untilNeighbours (
  network: Pick<Network, 'peers' | 'control'>, wanted: number, signal: AbortSignal
): Promise<void> {
  const endMs = performance.now() + TIMEOUT_MS
  for (const peer of network.peers) {
    const control = await network.control(peer)
    for (;;) {
      const { peers: neighbours } = await control.status({ signal })
      if (neighbours >= wanted) break
      if (performance.now() > endMs) throw new Error(`${peer.name} has ${neighbours} neighbours`)
      await sleep(POLL_MS, undefined, { signal })
    }
  }
}
