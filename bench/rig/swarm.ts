/**
 * A network of real daemons with titles to play, as if on hosts of their own.
 * in: how many peers, which wires, which titles. out: peers that joined, a plain player's way to
 * the edge, and what everybody fetched.
 */

import { cp } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { DEFAULT_NEIGHBOURS } from '../../daemon/retrieval/neighbourhood.ts'
import type { Status } from '../../protocols/control/index.ts'
import type { Daemon } from '../../testnet/daemon.ts'
import type { EmulatedNetworkInit } from '../../testnet/emulated-network.ts'
import type { Network, NetworkInit } from '../../testnet/network.ts'
import { withOwnNetwork } from '../../testnet/own-network.ts'
import { PlayerHttp } from '../../testnet/player-http.ts'
import { type MadeTitle, madeTitles } from '../../testnet/workload/made-titles.ts'
import type { TracedTitle } from '../../testnet/workload/trace.ts'
import { download } from './download.ts'
import { untilNeighbours } from './until-neighbours.ts'

export interface SwarmInit {
  peers: number
  titles: TracedTitle[]
  emulated: EmulatedNetworkInit
  dht: boolean
  roles?: NonNullable<NetworkInit['roles']>
  /** What runs as a daemon; the source as it is unless given. */
  entry?: string | undefined
  /** Called with the folder of data and logs, which then stays. */
  onKept?: (folder: string) => void
}

/** Verified bytes by source, and those received in vain. */
export interface Fetched {
  peer: number
  edge: number
  origin: number
  local: number
  wasted: number
}

/** The fastest that anybody plays here. */
const SPEED = 4
/** A node counts as joined for start-ups after so long. */
const JOINED_MS = 5_000
const POLL_MS = 200
const JOIN_TIMEOUT_MS = 60_000
const WARMED_AT_ONCE = 3
const WARM_SECONDS = 30
/** Titles a peer fetches first: one from the edge, the others from peers. */
const WARM_ROUNDS = 8
/** Announces of what was fetched are through then. */
const SETTLE_MS = 4_000

/** Nothing is left of it when `use` has ended. */
export async function withSwarm<T> (
  { peers, titles: traced, emulated, dht, roles, entry, onKept }: SwarmInit,
  use: (swarm: Swarm) => Promise<T>
): Promise<T> {
  return await withOwnNetwork({
    nodes: peers,
    edges: 1,
    dht,
    tracker: true,
    speed: SPEED,
    emulated,
    config: { region: 'here', store: { keepFree: '0' } },
    ...(roles != null && { roles }),
    ...(entry != null && { entry: resolve(entry) }),
    ...(onKept != null && { onKept })
  }, async (network, signal) => {
    const { titles, data } = await madeTitles(traced, { signal })
    await cp(data, network.dataOf(network.origin), { recursive: true })
    const swarm = new Swarm(network, titles, signal)
    await swarm.join()
    return await use(swarm)
  })
}

export class Swarm {
  readonly network: Network
  readonly titles: readonly MadeTitle[]
  readonly signal: AbortSignal
  /** The edge's HTTP, over the network. */
  edgeUrl = ''

  constructor (network: Network, titles: readonly MadeTitle[], signal: AbortSignal) {
    this.network = network
    this.titles = titles
    this.signal = signal
  }

  /** Starts all, and waits until every peer knows the edge and has been there for a while. */
  async join (): Promise<void> {
    const startMs = performance.now()
    await this.network.start()
    const upMs = performance.now()
    console.log(`${this.network.all().length} processes up in ${seconds(upMs - startMs)}`)
    for (const peer of this.network.peers) await this.#untilEdgeIsKnown(peer)
    await sleep(JOINED_MS, undefined, { signal: this.signal })
    console.log(`joined ${seconds(performance.now() - upMs)} later`)
  }

  async status (daemon: Daemon): Promise<Status> {
    return await (await this.network.control(daemon)).status({ signal: this.signal })
  }

  /** All the peers together. */
  async fetched (): Promise<Fetched> {
    const all = await Promise.all(this.network.peers.map(peer => this.status(peer)))
    const sum = (of: (status: Status) => number): number =>
      all.reduce((total, status) => total + of(status), 0)
    return {
      peer: sum(({ delivered }) => delivered.peer),
      edge: sum(({ delivered }) => delivered.edge),
      origin: sum(({ delivered }) => delivered.origin),
      local: sum(({ delivered }) => delivered.local),
      wasted: sum(({ wastedBytes }) => wastedBytes)
    }
  }

  /** A player without a node, on a host of its own with the wires of `name`. */
  async plainPlayer (name: string): Promise<PlayerHttp> {
    return new PlayerHttp({ localAddress: await this.network.guest(name) })
  }

  /**
   * Has each peer fetch a title of its own and then those of its next ones, a few peers at a time,
   * and waits until all have the neighbours they look for: what is measured then is not how soon
   * programs that just started compile themselves, nor how a network joins itself.
   */
  async warmUp (titles: readonly MadeTitle[]): Promise<void> {
    const { peers } = this.network
    const queue = new PQueue({ concurrency: WARMED_AT_ONCE })
    for (let round = 0; round < Math.min(WARM_ROUNDS, peers.length); round++) {
      await queue.addAll(peers.map((peer, i) => async () => {
        const title = titles[(i + round) % peers.length]!
        const { failed } = await download(peer.ready.gateway ?? '', title, this)
        if (failed > 0) throw new Error(`${peer.name} did not get ${title.name}`)
      }))
    }
    await untilNeighbours(this.network, Math.min(DEFAULT_NEIGHBOURS, peers.length - 1), this.signal)
    await sleep(SETTLE_MS, undefined, { signal: this.signal })
  }

  async #untilEdgeIsKnown (peer: Daemon): Promise<void> {
    const endMs = performance.now() + JOIN_TIMEOUT_MS
    for (;;) {
      const { httpSources } = await this.status(peer)
      const edge = httpSources.find(({ role }) => role === 'edge')
      if (edge?.rttMs != null) {
        this.edgeUrl = edge.url
        return
      }
      if (performance.now() > endMs) throw new Error(`${peer.name} does not get to know the edge`)
      await sleep(POLL_MS, undefined, { signal: this.signal })
    }
  }
}

/** What peers fetch before it counts: see {@link Swarm.warmUp}. */
export function warmTitles (peers: number): TracedTitle[] {
  return Array.from({ length: peers }, (_, i) =>
    ({ name: `old-title-${i + 1}`, seconds: WARM_SECONDS, seed: 100 + i }))
}

/** What was fetched between two looks. */
export function fetchedSince (before: Fetched, after: Fetched): Fetched {
  return {
    peer: after.peer - before.peer,
    edge: after.edge - before.edge,
    origin: after.origin - before.origin,
    local: after.local - before.local,
    wasted: after.wasted - before.wasted
  }
}

function seconds (ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
