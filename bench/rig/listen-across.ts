/**
 * Listeners all over an emulated world, one beginning after the other.
 * in: a network, titles. out: for each peer where its bytes came from, and how soon it played.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Daemon } from '../../testnet/daemon.ts'
import type { Network } from '../../testnet/network.ts'
import { play } from '../../testnet/player.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'
import { expectedOf, type MadeTitle } from '../../testnet/workload/made-titles.ts'

export interface Listened {
  name: string
  region: string
  /** Verified, from other peers. */
  peerBytes: number
  serverBytes: number
  /** Of what neighbours sent, from those of other regions. */
  abroadBytes: number
  /** What that would be, had each byte come from a holder drawn by lot. */
  randomAbroadBytes: number
  startUpsMs: number[]
  stalls: number
  failed: number
}

export interface ListenInit {
  /** Who listens, in this order; all peers, by lot, unless given. */
  peers?: readonly Daemon[]
  plays: number
  everyMs: number
  /** Playback seconds per second. */
  speed: number
  seed: number
  signal: AbortSignal
}

/** A peer's last play and its next one. */
const BETWEEN_MS = 1_000

export async function listenAcross (
  network: Network, titles: readonly MadeTitle[], init: ListenInit
): Promise<Listened[]> {
  const world = new World(network, init)
  const random = seededRandom(init.seed)
  const byLot = network.peers.map(peer => ({ peer, at: random() })).sort((a, b) => a.at - b.at)
  const listening: Array<Promise<Listened>> = []
  for (const [i, peer] of (init.peers ?? byLot.map(({ peer }) => peer)).entries()) {
    if (i > 0) await sleep(init.everyMs, undefined, { signal: init.signal })
    const chosen = Array.from({ length: init.plays }, (_, k) => titles[(i + k) % titles.length]!)
    listening.push(world.listen(peer, chosen))
  }
  return await Promise.all(listening)
}

class World {
  readonly #network: Network
  readonly #init: ListenInit
  readonly #regions: ReadonlyMap<string, string>
  /** Regions of those who began to play it, by title. */
  readonly #holders = new Map<string, string[]>()

  constructor (network: Network, init: ListenInit) {
    this.#network = network
    this.#init = init
    this.#regions = new Map(network.all().map(({ ready, region }) => [ready.peer ?? '', region]))
  }

  async listen (peer: Daemon, titles: readonly MadeTitle[]): Promise<Listened> {
    const { name, region } = peer
    const listened: Listened = {
      name, region, peerBytes: 0, serverBytes: 0, abroadBytes: 0, randomAbroadBytes: 0,
      startUpsMs: [], stalls: 0, failed: 0
    }
    const first = await this.#counted(peer)
    for (const title of titles) {
      const abroad = this.#holdersAbroad(title, region)
      await this.#play(peer, title, listened)
      const before = listened.peerBytes
      const now = await this.#counted(peer)
      listened.peerBytes = now.peerBytes - first.peerBytes
      listened.serverBytes = now.serverBytes - first.serverBytes
      listened.abroadBytes = now.abroadBytes - first.abroadBytes
      listened.randomAbroadBytes += abroad * (listened.peerBytes - before)
      await sleep(BETWEEN_MS, undefined, { signal: this.#init.signal })
    }
    return listened
  }

  /** The share of those who hold something of it that are elsewhere. */
  #holdersAbroad ({ id }: MadeTitle, region: string): number {
    const holders = this.#holders.get(id) ?? []
    this.#holders.set(id, [...holders, region])
    return holders.filter(other => other !== region).length / Math.max(1, holders.length)
  }

  async #play (peer: Daemon, title: MadeTitle, listened: Listened): Promise<void> {
    const { signal, speed } = this.#init
    const { id: content, rendition } = title
    const gateway = peer.ready.gateway ?? ''
    const expected = expectedOf(title)
    try {
      const played = await play({ gateway, content, rendition, expected, speed, signal })
      listened.startUpsMs.push(played.startUpMs)
      listened.stalls += played.stalls
      listened.failed += Number(played.missing > 0 || played.verifiedBytes < played.bytes)
    } catch {
      signal.throwIfAborted()
      listened.failed++
    }
  }

  async #counted (
    peer: Daemon
  ): Promise<Pick<Listened, 'peerBytes' | 'serverBytes' | 'abroadBytes'>> {
    const { signal } = this.#init
    const control = await this.#network.control(peer)
    const { delivered } = await control.status({ signal })
    const neighbours = await control.peers({ signal })
    return {
      peerBytes: delivered.peer,
      serverBytes: delivered.edge + delivered.origin,
      abroadBytes: neighbours
        .filter(({ peer: id, role }) => role === 'peer' && this.#regions.get(id) !== peer.region)
        .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0)
    }
  }
}
