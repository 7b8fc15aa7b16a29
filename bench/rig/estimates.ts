/**
 * How far each node of an emulated world takes each other to be. in: a network. out: a pair each,
 * of those that never measured each other, with the truth beside it.
 */

import type { Network } from '../../testnet/network.ts'
import { type Region, rttBetween } from '../../testnet/regions.ts'

export interface Estimated {
  from: string
  to: string
  /** As the regions have it, with the mean of the jitter. */
  trueMs: number
  /** Absent where the node has no idea. */
  estimatedMs?: number
  basis?: string
}

export async function estimatesOf (
  network: Network, jitterMs: number, signal: AbortSignal
): Promise<Estimated[]> {
  const daemons = [...network.peers, ...network.edges]
  const tables = await Promise.all(daemons.map(async daemon => {
    const rows = await (await network.control(daemon)).routes({ signal })
    return new Map(rows.map(row => [row.peer, row]))
  }))
  const idOf = (i: number): string => daemons[i]!.ready.peer ?? ''
  return daemons.flatMap((daemon, i) => daemons.flatMap((other, j) => {
    const row = tables[i]!.get(idOf(j))
    const hasMet = row?.measuredMs != null || tables[j]!.get(idOf(i))?.measuredMs != null
    if (i === j || hasMet) return []
    const { estimatedMs, basis } = row ?? {}
    return [{
      from: daemon.name,
      to: other.name,
      trueMs: rttBetween(daemon.region as Region, other.region as Region) + jitterMs,
      ...(estimatedMs != null && { estimatedMs }),
      ...(basis != null && { basis })
    }]
  }))
}
