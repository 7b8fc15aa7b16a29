/**
 * A listener: plays a title over a node's gateway as an HLS player does, on a clock that may run
 * faster. in: a gateway and a title. out: start-up, stalls, and whether every byte was right.
 */

import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import * as hlsParser from 'hls-parser'
import { type Answer, type GetOptions, PlayerHttp } from './player-http.ts'
import { Playhead } from './playhead.ts'

export interface Play {
  /** From the first playlist request until 1 s of media was there; NaN when none came. */
  startUpMs: number
  /** Until the first media segment was there whole. */
  firstSegmentMs: number
  /** Milliseconds of each request until then. */
  opening: Array<{ file: string, ms: number }>
  stalls: number
  stalledMs: number
  /** From going elsewhere until 1 s of media was there; absent of who stayed. */
  seekMs?: number
  /** Media segments that came. */
  segments: number
  /** Files that did not come, or that the playlist lacks. */
  missing: number
  /** The first of those, and why it did not come. */
  firstMissing?: string
  bytes: number
  /** Bytes of files whose hash is the one the publisher's own copy has. */
  verifiedBytes: number
  /** Names of the files that came, in the order of play. */
  files: string[]
  /** Where the node said it had the bytes needed to start from: sums of `cdnd-sources`. */
  startedFrom: Record<string, number>
  /** Segments that only peers brought: how long each took, the peer that brought the most. */
  fromPeers: Array<{ ms: number, peer: string }>
}

export interface PlayOptions {
  gateway: string
  content: string
  rendition: string
  /** sha256 in hex of each file that is to be played, by name, as the publisher has it. */
  expected: ReadonlyMap<string, string>
  /** Playback seconds per second, at most 4. */
  speed: number
  /** Media kept ahead of the playhead, {@link DEFAULT_BUFFER_MS} of media. */
  bufferMs?: number
  /** The listener goes there, in milliseconds of media; at the end of the title unless given. */
  leaveAtMs?: number
  /** Having heard up to `atMs` of media, the listener goes on from the segment that has `toMs`. */
  seek?: { atMs: number, toMs: number }
  /** Of one file, {@link DEFAULT_REQUEST_TIMEOUT_MS}. */
  requestTimeoutMs?: number
  /** Connections that stay open after the play; new ones, closed at its end, unless given. */
  http?: PlayerHttp
  signal?: AbortSignal
}

/** As players do; higher: fewer stalls; lower: less fetched in vain. */
export const DEFAULT_BUFFER_MS = 20_000
/** Longer than a node's own deadline for a segment. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 20_000

/** Plays a title from its first to its last file. Rejects only when it cannot be opened. */
export async function play (options: PlayOptions): Promise<Play> {
  const http = options.http ?? new PlayerHttp()
  try {
    return await new Listening(http, options).run()
  } finally {
    if (options.http == null) http.close()
  }
}

class Listening {
  readonly #http: PlayerHttp
  readonly #options: PlayOptions
  readonly #base: string
  readonly #openedAtMs = performance.now()
  readonly #report: Play = {
    startUpMs: Number.NaN, firstSegmentMs: Number.NaN, opening: [], stalls: 0, stalledMs: 0,
    segments: 0, missing: 0, bytes: 0, verifiedBytes: 0, files: [], startedFrom: {},
    fromPeers: []
  }

  constructor (http: PlayerHttp, options: PlayOptions) {
    this.#http = http
    this.#options = options
    this.#base = `${options.gateway}/hls/${options.content}`
  }

  async run (): Promise<Play> {
    const { expected, rendition } = this.#options
    await this.#text(`${this.#base}/master.m3u8`)
    const playlist = await this.#text(`${this.#base}/${rendition}/index.m3u8`)
    const files = filesOf(playlist).filter(({ name }) => expected.has(name))
    this.#miss(expected.size - files.length, `${rendition}/index.m3u8 has not all files`)
    const { seek, leaveAtMs = Infinity } = this.#options
    const first = await this.#hear(files, this.#openedAtMs, seek?.atMs ?? leaveAtMs)
    const { startUpMs, stalls, stalledMs } = first
    if (seek == null) return { ...this.#report, startUpMs, stalls, stalledMs }
    const { rest, startMs } = from(files, seek.toMs)
    const second = await this.#hear(rest, performance.now(), leaveAtMs - startMs)
    return {
      ...this.#report,
      startUpMs,
      stalls: stalls + second.stalls,
      stalledMs: stalledMs + second.stalledMs,
      seekMs: second.startUpMs
    }
  }

  /** Plays files one after the other, from `openedAtMs` on. */
  async #hear (files: MediaFile[], openedAtMs: number, leaveAtMs: number): Promise<Playhead> {
    const { speed, signal, bufferMs = DEFAULT_BUFFER_MS } = this.#options
    const durationMs = files.reduce((sum, file) => sum + file.durationMs, 0)
    const playhead = new Playhead({ openedAtMs, speed, durationMs })
    let bufferedMs = 0
    for (const file of files) {
      const askAtMs = bufferedMs - bufferMs
      await playhead.waitUntil(Math.min(askAtMs, leaveAtMs), signal)
      if (Math.max(askAtMs, playhead.positionMs) >= leaveAtMs) break
      if (await this.#fetch(file, bufferedMs, playhead)) bufferedMs += file.durationMs
    }
    if (leaveAtMs !== Infinity) await playhead.waitUntil(Math.min(leaveAtMs, bufferedMs), signal)
    return playhead
  }

  /** True when it came. */
  async #fetch (
    { name, durationMs }: MediaFile, startMs: number, playhead: Playhead
  ): Promise<boolean> {
    const report = this.#report
    const onBytes = durationMs === 0 ? undefined : (received: number, total: number): void => {
      playhead.advance(startMs + durationMs * received / total)
    }
    const askedAtMs = performance.now()
    const answer = await this.#file(name, onBytes)
    if (answer == null) return false
    this.#count(name, answer)
    if (durationMs === 0) return true
    const peer = onlyPeer(answer.headers)
    if (peer != null) report.fromPeers.push({ ms: performance.now() - askedAtMs, peer })
    playhead.advance(startMs + durationMs)
    playhead.endSegment()
    if (report.segments++ === 0) report.firstSegmentMs = performance.now() - this.#openedAtMs
    return true
  }

  #count (name: string, { bytes, headers }: Answer): void {
    const report = this.#report
    report.files.push(name)
    report.bytes += bytes.byteLength
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 === this.#options.expected.get(name)) report.verifiedBytes += bytes.byteLength
    if (report.segments === 0) addSources(report.startedFrom, String(headers['cdnd-sources'] ?? ''))
  }

  #miss (files: number, why: string): void {
    if (files === 0) return
    this.#report.missing += files
    this.#report.firstMissing ??= why
  }

  /** Undefined when it does not come: a segment this listener misses, which the report counts. */
  async #file (name: string, onBytes: GetOptions['onBytes']): Promise<Answer | undefined> {
    const url = `${this.#base}/${this.#options.rendition}/${name}`
    try {
      const answer = await this.#get(url, onBytes)
      if (answer.status === 200) return answer
      this.#miss(1, answered(name, answer))
    } catch (err) {
      this.#options.signal?.throwIfAborted()
      // Of what was aborted the cause is its timeout.
      const { cause = err } = err as Error
      this.#miss(1, `${name} did not come: ${(cause as Error).message}`)
    }
    return undefined
  }

  async #text (url: string): Promise<string> {
    const answer = await this.#get(url)
    if (answer.status !== 200) throw new Error(answered(url, answer))
    return answer.bytes.toString()
  }

  async #get (url: string, onBytes?: GetOptions['onBytes']): Promise<Answer> {
    const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = this.#options
    const signal = within(requestTimeoutMs, this.#options.signal)
    const askedAtMs = performance.now()
    const answer = await this.#http.get(url, { signal, ...(onBytes != null && { onBytes }) })
    if (this.#report.segments === 0) {
      const file = url.slice(url.lastIndexOf('/') + 1)
      this.#report.opening.push({ file, ms: performance.now() - askedAtMs })
    }
    return answer
  }
}

function answered (file: string, { status, bytes }: Answer): string {
  return `${file} answered ${status}: ${bytes.subarray(0, 300)}`
}

/** `peer=4096,edge=10` */
function addSources (sums: Record<string, number>, sources: string): void {
  for (const [, source, bytes] of sources.matchAll(/(\w+)=(\d+)/g)) {
    sums[source!] = (sums[source!] ?? 0) + Number(bytes)
  }
}

/** The peer most came from; undefined where anything came from elsewhere. */
function onlyPeer ({
  'cdnd-sources': sources, 'cdnd-path': path
}: IncomingHttpHeaders): string | undefined {
  const isOnlyPeers = /^peer=\d+$/.test(String(sources))
  return isOnlyPeers ? decodeURIComponent(String(path).split(',').at(-1)!) : undefined
}

export interface MediaFile { name: string, durationMs: number }

/** The init section (duration 0) and the segments of a media playlist, in order. */
export async function mediaFiles (url: string, signal?: AbortSignal): Promise<MediaFile[]> {
  const response = await fetch(url, { signal: within(DEFAULT_REQUEST_TIMEOUT_MS, signal) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`)
  return filesOf(text)
}

function filesOf (playlist: string): MediaFile[] {
  const { segments } = hlsParser.parse(playlist) as hlsParser.types.MediaPlaylist
  const init = segments[0]?.map?.uri
  const media = segments.map(({ uri, duration }) => ({ name: uri, durationMs: duration * 1000 }))
  return init == null ? media : [{ name: init, durationMs: 0 }, ...media]
}

/** The files from the segment that has `positionMs` on, and where in the title that begins. */
function from (files: MediaFile[], positionMs: number): { rest: MediaFile[], startMs: number } {
  let startMs = 0
  for (const [i, { durationMs }] of files.entries()) {
    if (positionMs < startMs + durationMs) return { rest: files.slice(i), startMs }
    startMs += durationMs
  }
  return { rest: [], startMs }
}

function within (timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const deadline = AbortSignal.timeout(timeoutMs)
  return signal == null ? deadline : AbortSignal.any([signal, deadline])
}
