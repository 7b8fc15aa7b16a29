/**
 * How far each node of an emulated world takes each other to be. in: a network. out: each pair,
 * with the truth beside it.
 */

import { distanceMs } from '../../daemon/routing/index.ts'
import type { Coordinate } from '../../protocols/rtt/index.ts'
import type { Network } from '../../testnet/network.ts'
import { type Region, rttBetween } from '../../testnet/regions.ts'

export interface Estimated {
  from: string
  to: string
  /** As the regions have it, with the mean of the jitter. */
  trueMs: number
  /** Neither of them measured it. */
  isStranger: boolean
  measuredMs?: number
  /** As if it had not been measured. Absent where the node has no idea. */
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
  const places = await placesOf(network, signal)
  const idOf = (i: number): string => daemons[i]!.ready.peer ?? ''
  return daemons.flatMap((daemon, i) => daemons.flatMap((other, j) => {
    const row = tables[i]!.get(idOf(j))
    if (i === j) return []
    const { measuredMs, estimatedMs, basis } = row ?? {}
    const isStranger = measuredMs == null && tables[j]!.get(idOf(i))?.measuredMs == null
    return [{
      from: daemon.name,
      to: other.name,
      trueMs: rttBetween(daemon.region as Region, other.region as Region) + jitterMs,
      isStranger,
      ...(measuredMs != null && { measuredMs }),
      ...(estimatedMs != null && { estimatedMs }),
      ...(basis != null && { basis }),
      ...(estimatedMs == null && isStranger && toldOf(places.get(idOf(i)), places.get(idOf(j))))
    }]
  }))
}

/** What the one will take the other to be, once a tracker has named it. */
function toldOf (
  here: Coordinate | undefined, there: Coordinate | undefined
): Pick<Estimated, 'estimatedMs' | 'basis'> {
  if (here == null || there == null) return {}
  return { estimatedMs: distanceMs(here, there), basis: 'coordinates, once told' }
}

/** Where each node says it is, as its neighbours have heard it. */
async function placesOf (
  network: Network, signal: AbortSignal
): Promise<Map<string, Coordinate>> {
  const heard = await Promise.all(network.all().map(async daemon =>
    await (await network.control(daemon)).rtt({ signal })))
  return new Map(heard.flat().flatMap(({ peer, coordinate }) =>
    coordinate == null ? [] : [[peer, coordinate] as const]))
}
