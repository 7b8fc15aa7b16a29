/**
 * A listener: plays a title over a node's gateway as an HLS player does, on a clock that may run faster.
 * in: a gateway and a content ID. out: start-up, stalls, and whether every byte was right.
 */

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as hlsParser from 'hls-parser'

export type BytesBySource = Record<'local' | 'peer' | 'edge' | 'origin', number>

export interface Play {
  startUpMs: number
  stalls: number
  stalledMs: number
  segments: number
  missing: number
  bytes: number
  /** Bytes of files whose hash is the one the origin's own copy has. */
  verifiedBytes: number
  sources: BytesBySource
}

export interface PlayOptions {
  gateway: string
  content: string
  rendition?: string
  /** Playback seconds per second, at most 4. */
  speed: number
  /** sha256 (hex) of every file of the title as the publisher has it, by `<rendition>/<file>`. */
  expected: Map<string, string>
  /** Media kept ahead of the playhead, in milliseconds of media. */
  bufferMs?: number
  signal?: AbortSignal
}

const DEFAULT_BUFFER_MS = 20_000
const REQUEST_TIMEOUT_MS = 20_000

/** Plays a title from its first to its last segment. Rejects only when the title cannot be opened. */
export async function play (options: PlayOptions): Promise<Play> {
  const startedAt = performance.now()
  const base = `${options.gateway}/hls/${options.content}`
  const rendition = options.rendition ?? await firstRendition(`${base}/master.m3u8`, options.signal)
  const files = await mediaFiles(`${base}/${rendition}/index.m3u8`, options.signal)
  const report: Play = {
    startUpMs: Number.NaN,
    stalls: 0,
    stalledMs: 0,
    segments: 0,
    missing: 0,
    bytes: 0,
    verifiedBytes: 0,
    sources: { local: 0, peer: 0, edge: 0, origin: 0 }
  }
  const clock = new Playhead(options.speed)
  let bufferedMs = 0
  for (const file of files) {
    await clock.waitUntil(bufferedMs - (options.bufferMs ?? DEFAULT_BUFFER_MS), options.signal)
    const arrived = await fetchFile(`${base}/${rendition}/${file.name}`, options.signal)
    count(report, arrived, options.expected.get(`${rendition}/${file.name}`))
    if (file.durationMs === 0) continue
    const lateMs = clock.positionMs - bufferedMs
    if (lateMs > 0 && clock.isRunning) {
      report.stalls++
      report.stalledMs += lateMs / options.speed
      clock.rewindTo(bufferedMs)
    }
    bufferedMs += file.durationMs
    report.segments++
    if (!clock.isRunning && bufferedMs >= Math.min(1000, totalMs(files))) {
      report.startUpMs = performance.now() - startedAt
      clock.start()
    }
  }
  return report
}

class Playhead {
  readonly #speed: number
  #zeroAt = Number.NaN

  constructor (speed: number) { this.#speed = speed }

  get isRunning (): boolean { return !Number.isNaN(this.#zeroAt) }
  get positionMs (): number { return this.isRunning ? (performance.now() - this.#zeroAt) * this.#speed : 0 }
  start (): void { this.#zeroAt = performance.now() }
  rewindTo (positionMs: number): void { this.#zeroAt = performance.now() - positionMs / this.#speed }

  async waitUntil (positionMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.isRunning) return
    const waitMs = (positionMs - this.positionMs) / this.#speed
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
  }
}

interface MediaFile { name: string, durationMs: number }

const totalMs = (files: MediaFile[]): number => files.reduce((sum, file) => sum + file.durationMs, 0)

async function firstRendition (url: string, signal?: AbortSignal): Promise<string> {
  const playlist = hlsParser.parse(await text(url, signal))
  if (!playlist.isMasterPlaylist) throw new Error(`${url} is not a master playlist`)
  const uri = (playlist as hlsParser.types.MasterPlaylist).variants[0]?.uri
  if (uri == null) throw new Error(`${url} has no rendition`)
  return decodeURIComponent(uri.split('/')[0] ?? '')
}

/** The init section (duration 0) and the segments of a media playlist, in order. */
export async function mediaFiles (url: string, signal?: AbortSignal): Promise<MediaFile[]> {
  const playlist = hlsParser.parse(await text(url, signal)) as hlsParser.types.MediaPlaylist
  const init = playlist.segments[0]?.map?.uri
  const segments = playlist.segments.map(({ uri, duration }) => ({ name: uri, durationMs: duration * 1000 }))
  return init == null ? segments : [{ name: init, durationMs: 0 }, ...segments]
}

interface Arrived { bytes: Uint8Array, sources: string | null, status: number }

async function fetchFile (url: string, signal?: AbortSignal): Promise<Arrived | undefined> {
  const deadline = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  try {
    const response = await fetch(url, { signal: signal == null ? deadline : AbortSignal.any([signal, deadline]) })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { bytes, sources: response.headers.get('cdnd-sources'), status: response.status }
  } catch (error) {
    signal?.throwIfAborted()
    // A dead gateway or a missed deadline is a missing segment of this listener, which the report counts.
    if (error instanceof Error) return undefined
    throw error
  }
}

function count (report: Play, arrived: Arrived | undefined, expected: string | undefined): void {
  if (arrived == null || arrived.status !== 200) {
    report.missing++
    return
  }
  report.bytes += arrived.bytes.byteLength
  if (createHash('sha256').update(arrived.bytes).digest('hex') === expected) {
    report.verifiedBytes += arrived.bytes.byteLength
  }
  for (const part of (arrived.sources ?? '').split(',')) {
    const [source, bytes] = part.split('=')
    if (source != null && source in report.sources) report.sources[source as keyof BytesBySource] += Number(bytes)
  }
}

async function text (url: string, signal?: AbortSignal): Promise<string> {
  const deadline = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const response = await fetch(url, { signal: signal == null ? deadline : AbortSignal.any([signal, deadline]) })
  const body = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 300)}`)
  return body
}
