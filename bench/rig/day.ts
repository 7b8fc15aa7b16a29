/**
 * Plays a traced day: every listener at its own node, and beside each start a plain HTTP player's
 * on the edge. in: a swarm, a trace. out: how each play went.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Daemon } from '../../testnet/daemon.ts'
import { PlayerHttp } from '../../testnet/player-http.ts'
import { play, type Play } from '../../testnet/player.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'
import { expectedOf, type MadeTitle } from '../../testnet/workload/made-titles.ts'
import type { TracedPlay } from '../../testnet/workload/trace.ts'
import type { Swarm } from './swarm.ts'

/** What a start had: nothing, a connection to a source, its own store. */
export type Start = 'cold' | 'warm' | 'cached'

export interface DayPlay {
  peer: string
  title: MadeTitle
  /** Milliseconds after it was planned. */
  lateMs: number
  start: Start
  /** Absent when the title could not be opened; `error` says why. */
  play?: Play
  error?: string
  /** Of the plain player that began beside it, with or without an open connection likewise. */
  plainStartUpMs?: number
}

export interface DayInit {
  plays: TracedPlay[][]
  speed: number
  seed: number
}

/** A plain player's start: init section and first segment. */
const START_FILES = 2

/** In the order they ended. */
export async function playDay (swarm: Swarm, init: DayInit): Promise<DayPlay[]> {
  const results: DayPlay[] = []
  const openedAtMs = performance.now()
  await Promise.all(swarm.network.peers.map(async (peer, i) => {
    const listener = new Listener(swarm, peer, init, openedAtMs)
    for await (const played of listener.plays(init.plays[i] ?? [])) results.push(played)
  }))
  return results
}

class Listener {
  readonly #swarm: Swarm
  readonly #peer: Daemon
  readonly #speed: number
  readonly #openedAtMs: number
  readonly #random: () => number
  readonly #http = new PlayerHttp()
  readonly #heard = new Set<string>()

  constructor (swarm: Swarm, peer: Daemon, init: DayInit, openedAtMs: number) {
    this.#swarm = swarm
    this.#peer = peer
    this.#speed = init.speed
    this.#openedAtMs = openedAtMs
    this.#random = seededRandom(init.seed + swarm.network.peers.indexOf(peer))
  }

  async * plays (traced: TracedPlay[]): AsyncGenerator<DayPlay> {
    const plain = await this.#swarm.plainPlayer(`plain-${this.#peer.name}`)
    for (const each of traced) {
      const dueMs = this.#openedAtMs + each.at * 1000 / this.#speed
      const waitMs = Math.max(0, dueMs - performance.now())
      await sleep(waitMs, undefined, { signal: this.#swarm.signal })
      yield await this.#play(each, Math.max(0, performance.now() - dueMs), plain)
    }
    this.#http.close()
    plain.close()
  }

  async #play (traced: TracedPlay, lateMs: number, plain: PlayerHttp): Promise<DayPlay> {
    const title = this.#swarm.titles[traced.title]!
    const isWarm = await this.#isWarm()
    const result: DayPlay = {
      peer: this.#peer.name, title, lateMs, start: isWarm ? 'warm' : 'cold'
    }
    // Who begins first has the edge fetch the title for the other: a coin decides.
    const isPlainFirst = this.#random() < 0.5
    if (isPlainFirst) result.plainStartUpMs = await this.#plainStart(title, isWarm, plain)
    try {
      result.play = await this.#listen(title, traced.leaves)
      const { startedFrom } = result.play
      // What is fetched while the playlists are read is local too by the time it is asked for.
      const isLocal = Object.keys(startedFrom).join() === 'local'
      if (isLocal && this.#heard.has(title.id)) result.start = 'cached'
      this.#heard.add(title.id)
    } catch (err) {
      this.#swarm.signal.throwIfAborted()
      result.error = (err as Error).message
    }
    if (!isPlainFirst) result.plainStartUpMs = await this.#plainStart(title, isWarm, plain)
    return result
  }

  /** Somebody it is connected to serves the whole catalogue, or has played at all. */
  async #isWarm (): Promise<boolean> {
    const control = await this.#swarm.network.control(this.#peer)
    const peers = await control.peers({ signal: this.#swarm.signal })
    return peers.some(({ role, rateBytesPerSecond }) =>
      role === 'edge' || role === 'origin' || rateBytesPerSecond != null)
  }

  async #listen (title: MadeTitle, leaves: number | undefined): Promise<Play> {
    const { id: content, rendition } = title
    return await play({
      gateway: this.#peer.ready.gateway ?? '',
      content,
      rendition,
      expected: expectedOf(title),
      speed: this.#speed,
      http: this.#http,
      signal: this.#swarm.signal,
      ...(leaves != null && { leaveAtMs: leaves * 1000 })
    })
  }

  /** Milliseconds; NaN when it failed. */
  async #plainStart (title: MadeTitle, isWarm: boolean, http: PlayerHttp): Promise<number> {
    if (!isWarm) http.drop()
    const { id: content, rendition } = title
    const expected = expectedOf(title, START_FILES)
    const { edgeUrl: gateway, signal } = this.#swarm
    try {
      const options = { gateway, content, rendition, expected, speed: 1, http, signal }
      return (await play(options)).startUpMs
    } catch {
      signal.throwIfAborted()
      return Number.NaN
    }
  }
}
