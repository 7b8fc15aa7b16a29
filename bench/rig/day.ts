/**
 * Plays a traced day: every listener at its own node, and beside each start a plain HTTP player's
 * on the edge. in: a swarm, a trace. out: how each play went.
 */

import { seededRandom } from '../../testnet/seeded-random.ts'
import { type DayPlay, Listener } from '../../testnet/workload/listener.ts'
import type { TracedPlay } from '../../testnet/workload/trace.ts'
import type { Swarm } from './swarm.ts'

export interface DayInit {
  plays: TracedPlay[][]
  speed: number
  seed: number
}

/** In the order they ended. */
export async function playDay (swarm: Swarm, { plays, speed, seed }: DayInit): Promise<DayPlay[]> {
  const { network, titles, signal } = swarm
  const results: DayPlay[] = []
  const openedAtMs = performance.now()
  await Promise.all(network.peers.map(async (peer, i) => {
    const http = await swarm.plainPlayer(`plain-${peer.name}`)
    const listener = new Listener({ peer, titles, openedAtMs, speed, signal }, {
      control: () => network.control(peer),
      random: seededRandom(seed + i),
      plain: { http, gateway: swarm.edgeUrl }
    })
    for await (const played of listener.plays(plays[i] ?? [])) results.push(played)
  }))
  return results
}
