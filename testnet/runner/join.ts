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
const EDGE_TIMEOUT_MS = 120_000
/** Announces of what was fetched are through then, and joined at least so long ago. */
const SETTLE_MS = 5_000

type Joining = Pick<Network, 'peers' | 'control'>

export interface Joined {
  /** The nearest edge of each peer, a URL. */
  edges: ReadonlyMap<Daemon, string>
  /** Peers that did not get all of the title, on a machine too busy to serve them. */
  cold: number
}

/** Rejects when a peer gets to know no edge. */
export async function join (
  network: Joining, title: MadeTitle, options: { hasEdges: boolean, signal: AbortSignal }
): Promise<Joined> {
  const { hasEdges, signal } = options
  const edges = new Map<Daemon, string>()
  let cold = 0
  const queue = new PQueue({ concurrency: AT_ONCE })
  await queue.addAll(network.peers.map(peer => async () => {
    if (hasEdges) edges.set(peer, await edgeOf(network, peer, signal))
    if (!await warmUp(peer, title, signal)) cold++
  }))
  await sleep(SETTLE_MS, undefined, { signal })
  return { edges, cold }
}

/** False when it did not get all of it. */
async function warmUp (peer: Daemon, title: MadeTitle, signal: AbortSignal): Promise<boolean> {
  try {
    const { missing } = await play({
      gateway: peer.ready.gateway ?? '',
      content: title.id,
      rendition: title.rendition,
      expected: expectedOf(title),
      speed: 4,
      bufferMs: Number.POSITIVE_INFINITY,
      signal
    })
    return missing === 0
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function edgeOf (network: Joining, peer: Daemon, signal: AbortSignal): Promise<string> {
  const endMs = performance.now() + EDGE_TIMEOUT_MS
  const control = await network.control(peer)
  while (performance.now() < endMs) {
    // So many that have just started leave no time for answers.
    const status = await control.status({ signal }).catch(() => undefined)
    signal.throwIfAborted()
    const [nearest] = status?.httpSources
      .filter(({ role, rttMs }) => role === 'edge' && rttMs != null)
      .sort((a, b) => a.rttMs! - b.rttMs!) ?? []
    if (nearest != null) return nearest.url
    await sleep(POLL_MS, undefined, { signal })
  }
  throw new Error(`${peer.name} does not get to know an edge`)
}
