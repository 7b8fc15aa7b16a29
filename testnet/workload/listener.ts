/**
 * One listener's day: plays what the trace says at its own node, and beside each start has a plain
 * HTTP player begin on an edge. in: a node, titles, a trace. out: how each play went.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../protocols/clock.ts'
import type { ControlClient } from '../../protocols/control/client.ts'
import type { Daemon } from '../daemon.ts'
import { type Play, play } from '../player.ts'
import { PlayerHttp } from '../player-http.ts'
import type { StartKind } from '../run-record.ts'
import { expectedOf, type MadeTitle } from './made-titles.ts'
import type { TracedPlay } from './trace.ts'

export interface DayPlay {
  peer: string
  traced: TracedPlay
  title: MadeTitle
  /** As `performance.now()` counts. */
  startedAtMs: number
  /** Milliseconds after it was planned. */
  lateMs: number
  start: StartKind
  /** Absent when the title could not be opened. */
  play?: Play
  /** Why it could not be opened, or the first of its files did not come. */
  error?: string
  /** Until all of it was here, of what was fetched as fast as it comes; absent if it did not. */
  wholeMs?: number
  /** Its node was down, or went down while it played: nobody was there to hear. */
  isCut: boolean
  /** Of the plain player that began beside it, with or without an open connection likewise. */
  plainStartUpMs?: number
}

export interface ListenerInit {
  peer: Daemon
  titles: readonly MadeTitle[]
  /** When the day began, as `performance.now()` counts. */
  openedAtMs: number
  /** Playback seconds per second. */
  speed: number
  signal: AbortSignal
}

export interface ListenerComponents {
  control: () => Promise<ControlClient>
  random: Random
  /** The plain player beside it, and the edge it plays from; none unless given. */
  plain?: { http: PlayerHttp, gateway: string }
}

/** A plain player's start: init section and first segment. */
const START_FILES = 2

export class Listener {
  readonly #init: ListenerInit
  readonly #components: ListenerComponents
  readonly #http = new PlayerHttp()
  readonly #heard = new Set<string>()

  constructor (init: ListenerInit, components: ListenerComponents) {
    this.#init = init
    this.#components = components
  }

  /** In the order of the trace, none before its time; `onStart` when one begins. */
  async * plays (
    traced: readonly TracedPlay[], onStart: (traced: TracedPlay) => void = () => {}
  ): AsyncGenerator<DayPlay> {
    const { openedAtMs, speed, signal } = this.#init
    try {
      for (const each of traced) {
        const dueMs = openedAtMs + each.at * 1000 / speed
        await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal })
        onStart(each)
        yield await this.#play(each, Math.max(0, performance.now() - dueMs))
      }
    } finally {
      this.#http.close()
      this.#components.plain?.http.close()
    }
  }

  async #play (traced: TracedPlay, lateMs: number): Promise<DayPlay> {
    const { peer, titles } = this.#init
    const { random, plain } = this.#components
    const title = titles[traced.title]!
    const life = peer.isRunning ? peer.ready : undefined
    const result: DayPlay = {
      peer: peer.name, traced, title, lateMs, isCut: life == null, start: 'cold',
      startedAtMs: performance.now()
    }
    // Who begins first has the edge fetch the title for the other: a coin decides.
    const isPlainFirst = random() < 0.5
    if (life == null) return result
    const isWarm = await this.#isWarm()
    if (isWarm) result.start = 'warm'
    if (plain != null && isPlainFirst) result.plainStartUpMs = await this.#plain(title, isWarm)
    await this.#listen(title, traced, result)
    // Started again, it has another ready line.
    result.isCut = !peer.isRunning || peer.ready !== life
    if (plain != null && !isPlainFirst) result.plainStartUpMs = await this.#plain(title, isWarm)
    return result
  }

  async #listen (title: MadeTitle, traced: TracedPlay, result: DayPlay): Promise<void> {
    const { seek, leaves, isPrefetched = false } = traced
    const { peer, speed, signal } = this.#init
    const { id: content, rendition } = title
    result.startedAtMs = performance.now()
    try {
      result.play = await play({
        gateway: peer.ready.gateway ?? '',
        content,
        rendition,
        expected: expectedOf(title),
        speed,
        http: this.#http,
        signal,
        ...(isPrefetched && { bufferMs: Number.POSITIVE_INFINITY }),
        ...(seek != null && { seek: { atMs: seek.at * 1000, toMs: seek.to * 1000 } }),
        ...(leaves != null && { leaveAtMs: leaves * 1000 })
      })
      const { missing, firstMissing } = result.play
      if (firstMissing != null) result.error = firstMissing
      if (isPrefetched && missing === 0) result.wholeMs = performance.now() - result.startedAtMs
      // What is fetched while the playlists are read is local too by the time it is asked for.
      const isLocal = Object.keys(result.play.startedFrom).join() === 'local'
      if (isLocal && this.#heard.has(title.id)) result.start = 'cached'
      this.#heard.add(title.id)
    } catch (err) {
      signal.throwIfAborted()
      result.error = (err as Error).message
    }
  }

  /** Somebody it is connected to serves the whole catalogue, or has played at all. */
  async #isWarm (): Promise<boolean> {
    const { signal } = this.#init
    try {
      const peers = await (await this.#components.control()).peers({ signal })
      return peers.some(({ role, rateBytesPerSecond }) =>
        role === 'edge' || role === 'origin' || rateBytesPerSecond != null)
    } catch {
      signal.throwIfAborted()
      return false
    }
  }

  /** Milliseconds; NaN when it failed. */
  async #plain (title: MadeTitle, isWarm: boolean): Promise<number> {
    const { http, gateway } = this.#components.plain!
    if (!isWarm) http.drop()
    const { id: content, rendition } = title
    const { signal } = this.#init
    const expected = expectedOf(title, START_FILES)
    try {
      const options = { gateway, content, rendition, expected, speed: 1, http, signal }
      return (await play(options)).startUpMs
    } catch {
      signal.throwIfAborted()
      return Number.NaN
    }
  }
}
