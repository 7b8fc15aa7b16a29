/**
 * A network that has just started, until it is like one that has run for a while.
 * in: peers. out: each knows an edge, has played, and programs have compiled themselves.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Daemon } from '../daemon.ts'
import type { Network } from '../network.ts'
import { play } from '../player.ts'
import { expectedOf, type MadeTitle } from '../workload/made-titles.ts'
import type { TracedTitle } from '../workload/trace.ts'

/** What all have played before the day; nobody asks for it then. */
export const OLD_TITLE: TracedTitle = { name: 'old-title', seconds: 30, seed: 99 }

const AT_ONCE = 6
const POLL_MS = 200
const EDGE_TIMEOUT_MS = 60_000
/** Announces of what was fetched are through then, and joined at least so long ago. */
const SETTLE_MS = 5_000

type Joining = Pick<Network, 'peers' | 'control'>

/** Resolves with the nearest edge of each peer, a URL; rejects when one gets to know none. */
export async function join (
  network: Joining, title: MadeTitle, options: { hasEdges: boolean, signal: AbortSignal }
): Promise<ReadonlyMap<Daemon, string>> {
  const { hasEdges, signal } = options
  const edges = new Map<Daemon, string>()
  const queue = new PQueue({ concurrency: AT_ONCE })
  await queue.addAll(network.peers.map(peer => async () => {
    if (hasEdges) edges.set(peer, await edgeOf(network, peer, signal))
    const played = await play({
      gateway: peer.ready.gateway ?? '',
      content: title.id,
      rendition: title.rendition,
      expected: expectedOf(title),
      speed: 4,
      bufferMs: Number.POSITIVE_INFINITY,
      signal
    })
    if (played.missing > 0) throw new Error(`${peer.name} did not get ${title.name}`)
  }))
  await sleep(SETTLE_MS, undefined, { signal })
  return edges
}

async function edgeOf (network: Joining, peer: Daemon, signal: AbortSignal): Promise<string> {
  const endMs = performance.now() + EDGE_TIMEOUT_MS
  const control = await network.control(peer)
  for (;;) {
    const { httpSources } = await control.status({ signal })
    const [nearest] = httpSources
      .filter(({ role, rttMs }) => role === 'edge' && rttMs != null)
      .sort((a, b) => a.rttMs! - b.rttMs!)
    if (nearest != null) return nearest.url
    if (performance.now() > endMs) throw new Error(`${peer.name} does not get to know an edge`)
    await sleep(POLL_MS, undefined, { signal })
  }
}
