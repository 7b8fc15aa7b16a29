/**
 * A listener: plays a title over a node's gateway as an HLS player does, on a clock that may run
 * faster. in: a gateway and a title. out: start-up, stalls, and whether every byte was right.
 */

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as hlsParser from 'hls-parser'

export interface Play {
  /** From the first request until 1 s of media was there; NaN when none came. */
  startUpMs: number
  stalls: number
  stalledMs: number
  /** Media segments that came. */
  segments: number
  /** Files that did not come, or that the playlist lacks. */
  missing: number
  bytes: number
  /** Bytes of files whose hash is the one the publisher's own copy has. */
  verifiedBytes: number
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
  /** Of one file, {@link DEFAULT_REQUEST_TIMEOUT_MS}. */
  requestTimeoutMs?: number
  signal?: AbortSignal
}

/** As players do; higher: fewer stalls; lower: less fetched in vain. */
export const DEFAULT_BUFFER_MS = 20_000
/** Longer than a node's own deadline for a segment. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 20_000
/** Media that must be there before playback starts. */
const START_MS = 1000

/** Plays a title from its first to its last file. Rejects only when it cannot be opened. */
export async function play (options: PlayOptions): Promise<Play> {
  const startedAtMs = performance.now()
  const { gateway, content, rendition, expected, speed, signal } = options
  const base = `${gateway}/hls/${content}/${rendition}`
  const listed = await mediaFiles(`${base}/index.m3u8`, signal)
  const files = listed.filter(({ name }) => expected.has(name))
  const missing = expected.size - files.length
  const report: Play = {
    startUpMs: Number.NaN, stalls: 0, stalledMs: 0, segments: 0, missing, bytes: 0, verifiedBytes: 0
  }
  const playhead = new Playhead(speed)
  const startMs = Math.min(START_MS, totalMs(files))
  let bufferedMs = 0
  for (const { name, durationMs } of files) {
    await playhead.waitUntil(bufferedMs - (options.bufferMs ?? DEFAULT_BUFFER_MS), signal)
    const bytes = await fetchFile(`${base}/${name}`, options)
    if (!count(report, bytes, expected.get(name)) || durationMs === 0) continue
    const lateMs = playhead.positionMs - bufferedMs
    if (lateMs > 0) {
      report.stalls++
      report.stalledMs += lateMs / speed
      playhead.rewindTo(bufferedMs)
    }
    bufferedMs += durationMs
    report.segments++
    if (!playhead.isRunning && bufferedMs >= startMs) {
      report.startUpMs = performance.now() - startedAtMs
      playhead.rewindTo(0)
    }
  }
  return report
}

/** Where playback is, in milliseconds of media; 0 until it runs. */
class Playhead {
  readonly #speed: number
  #zeroAtMs = Number.NaN

  constructor (speed: number) { this.#speed = speed }

  get isRunning (): boolean { return !Number.isNaN(this.#zeroAtMs) }
  get positionMs (): number {
    return this.isRunning ? (performance.now() - this.#zeroAtMs) * this.#speed : 0
  }

  rewindTo (positionMs: number): void {
    this.#zeroAtMs = performance.now() - positionMs / this.#speed
  }

  async waitUntil (positionMs: number, signal?: AbortSignal): Promise<void> {
    const waitMs = (positionMs - this.positionMs) / this.#speed
    if (this.isRunning && waitMs > 0) await sleep(waitMs, undefined, { signal })
  }
}

export interface MediaFile { name: string, durationMs: number }

const totalMs = (files: MediaFile[]): number =>
  files.reduce((sum, { durationMs }) => sum + durationMs, 0)

/** The init section (duration 0) and the segments of a media playlist, in order. */
export async function mediaFiles (url: string, signal?: AbortSignal): Promise<MediaFile[]> {
  const response = await fetch(url, { signal: within(DEFAULT_REQUEST_TIMEOUT_MS, signal) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`)
  const { segments } = hlsParser.parse(text) as hlsParser.types.MediaPlaylist
  const init = segments[0]?.map?.uri
  const media = segments.map(({ uri, duration }) => ({ name: uri, durationMs: duration * 1000 }))
  return init == null ? media : [{ name: init, durationMs: 0 }, ...media]
}

/** Undefined when it does not come: a segment this listener misses, which the report counts. */
async function fetchFile (
  url: string, { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal }: PlayOptions
): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, { signal: within(requestTimeoutMs, signal) })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return response.status === 200 ? bytes : undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

/** True when the file came. */
function count (
  report: Play, bytes: Uint8Array | undefined, expected: string | undefined
): boolean {
  if (bytes == null) {
    report.missing++
    return false
  }
  report.bytes += bytes.byteLength
  if (createHash('sha256').update(bytes).digest('hex') === expected) {
    report.verifiedBytes += bytes.byteLength
  }
  return true
}

function within (timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const deadline = AbortSignal.timeout(timeoutMs)
  return signal == null ? deadline : AbortSignal.any([signal, deadline])
}
