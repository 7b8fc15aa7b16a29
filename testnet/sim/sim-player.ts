/**
 * A listener in virtual time: plays a title from its node's sessions as testnet/player.ts does over
 * the node's gateway. in: a peer, a play of the trace. out: how it went.
 */

import type { FetchedBlock, FetchedSegment } from '../../daemon/retrieval/index.ts'
import { DEFAULT_BUFFER_MS } from '../player.ts'
import { Playhead } from '../playhead.ts'
import type { RecordedPlay } from '../run-record.ts'
import type { TracedPlay } from '../workload/trace.ts'
import { REQUEST_MS } from './costs.ts'
import type { SimulatedTitle } from './library.ts'
import { worked } from './processor.ts'
import type { SimPeer } from './sim-peer.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface PlayComponents {
  time: VirtualTime
  peer: SimPeer
  title: SimulatedTitle
}

export interface SimulatedPlay extends RecordedPlay {
  /** Names of the files that came. */
  files: string[]
}

/** A request to the node's own gateway, and what it answers, unless it has to work for it. */
const GATEWAY_MS = 5

/** Whoever listens at a node, one at a time. */
const CLIENT = 'player'

export class SimPlayer {
  readonly #time: VirtualTime
  readonly #peer: SimPeer
  readonly #title: SimulatedTitle
  readonly #traced: TracedPlay
  readonly #speed: number
  readonly #openedAtMs: number
  readonly #play: SimulatedPlay
  #hasBegun = false
  #isAllLocal = true

  constructor (
    { time, peer, title }: PlayComponents, traced: TracedPlay,
    { speed, isWarm }: { speed: number, isWarm: boolean }
  ) {
    this.#time = time
    this.#peer = peer
    this.#title = title
    this.#traced = traced
    this.#speed = speed
    this.#openedAtMs = time.clock()
    this.#play = {
      node: peer.name,
      region: peer.region,
      title: traced.title,
      startedAtMs: time.elapsedMs,
      start: isWarm ? 'warm' : 'cold',
      startUpMs: null,
      stalls: 0,
      stalledMs: 0,
      segments: 0,
      missing: 0,
      bytes: 0,
      wrongBytes: 0,
      files: []
    }
  }

  /** `hasHeard`: the title was played here before. Never rejects. */
  async run (hasHeard: boolean): Promise<SimulatedPlay> {
    try {
      await this.#open()
      await this.#listen()
    } catch (err) {
      this.#play.error = (err as Error).message
    }
    return this.#isAllLocal && hasHeard ? { ...this.#play, start: 'cached' } : this.#play
  }

  /** The two playlists. */
  async #open (): Promise<void> {
    const { retrieval, sessions } = this.#peer
    const { id, rendition } = this.#title
    await this.#ask()
    const manifest = await retrieval.manifest(id)
    sessions.prime(id, rendition, { client: CLIENT })
    await this.#ask()
    const index = manifest.index(rendition)
    for await (const _segment of index.segments()) { /* A playlist names them all. */ }
  }

  async #listen (): Promise<void> {
    const { seek, leaves = Infinity } = this.#traced
    const files = [...this.#title.files.entries()]
    const first = await this.#hear(files, this.#openedAtMs, (seek?.at ?? leaves) * 1000)
    this.#play.startUpMs = Number.isNaN(first.startUpMs) ? null : first.startUpMs
    if (seek == null) return
    const { rest, startMs } = from(files, seek.to * 1000)
    const second = await this.#hear(rest, this.#time.clock(), leaves * 1000 - startMs)
    if (!Number.isNaN(second.startUpMs)) this.#play.seekMs = second.startUpMs
  }

  /** Plays files one after the other, from `openedAtMs` on. */
  async #hear (files: NumberedFile[], openedAtMs: number, leaveAtMs: number): Promise<Playhead> {
    const { clock } = this.#time
    const bufferMs = this.#traced.isPrefetched === true ? Infinity : DEFAULT_BUFFER_MS
    const durationMs = files.reduce((sum, [, file]) => sum + file.durationMs, 0)
    const playhead = new Playhead({ openedAtMs, speed: this.#speed, durationMs, clock })
    let bufferedMs = 0
    for (const file of files) {
      const askAtMs = bufferedMs - bufferMs
      await this.#wait(playhead.waitMs(Math.min(askAtMs, leaveAtMs)))
      if (Math.max(askAtMs, playhead.positionMs) >= leaveAtMs) break
      if (await this.#file(file, bufferedMs, playhead)) bufferedMs += file[1].durationMs
    }
    if (bufferMs === Infinity && this.#play.missing === 0) this.#play.wholeMs = clock() - openedAtMs
    if (leaveAtMs !== Infinity) {
      await this.#wait(playhead.waitMs(Math.min(leaveAtMs, bufferedMs)))
    }
    this.#play.stalls += playhead.stalls
    this.#play.stalledMs += playhead.stalledMs
    return playhead
  }

  /** The init section, number 0, or a segment. */
  async #file (
    [number, { name, size, durationMs }]: NumberedFile, startMs: number, playhead: Playhead
  ): Promise<boolean> {
    const { sessions, retrieval } = this.#peer
    const { id, rendition } = this.#title
    if (number === 0) return await this.#fetch(name, () => retrieval.init(id, rendition))
    let bytes = 0
    const onBlock = (block: FetchedBlock): void => {
      bytes += block.bytes.byteLength
      playhead.advance(startMs + durationMs * bytes / size)
    }
    const isThere = await this.#fetch(name, () =>
      sessions.request(id, rendition, number - 1, { client: CLIENT, onBlock }))
    if (!isThere) return false
    playhead.advance(startMs + durationMs)
    playhead.endSegment()
    this.#play.segments++
    this.#hasBegun = true
    return true
  }

  /** True when it came. */
  async #fetch (name: string, fetch: () => Promise<FetchedSegment>): Promise<boolean> {
    await this.#ask()
    try {
      const { size, deliveries } = await fetch()
      this.#play.bytes += size
      this.#play.files.push(name)
      this.#isAllLocal &&= this.#hasBegun || deliveries.every(({ source }) => source === 'local')
      return true
    } catch {
      this.#play.missing++
      return false
    }
  }

  /** Until the node has a request before it. */
  async #ask (): Promise<void> {
    const { processor } = this.#peer
    if (processor == null) await this.#time.sleep(GATEWAY_MS)
    else await worked(processor, REQUEST_MS)
  }

  async #wait (ms: number): Promise<void> {
    if (ms > 0) await this.#time.sleep(ms)
  }
}

type NumberedFile = [number: number, file: SimulatedTitle['files'][number]]

/** The files from the segment that has `positionMs` on, and where in the title that begins. */
function from (
  files: NumberedFile[], positionMs: number
): { rest: NumberedFile[], startMs: number } {
  let startMs = 0
  for (const [i, [, { durationMs }]] of files.entries()) {
    if (positionMs < startMs + durationMs) return { rest: files.slice(i), startMs }
    startMs += durationMs
  }
  return { rest: [], startMs }
}
