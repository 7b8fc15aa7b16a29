/**
 * From a media file to HLS renditions on disk.
 * in: a probed file, settings and an empty folder. out: init sections, and segments with durations.
 */

import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DiskFullError, FfmpegNotFoundError, InvalidMediaError } from '../protocols/errors.ts'
import { MAX_SEGMENT_DURATION_MS } from '../protocols/limits.ts'
import type { Ffmpeg, FfmpegOutcome } from './ffmpeg.ts'
import { fragmentEndMs } from './fragment.ts'
import type { MediaInfo } from './media-probe.ts'
import {
  ffmpegOptions, PLAYLIST, planRenditions, type RenditionPlan, VIDEO_ENCODER
} from './rendition-plan.ts'
import { isEndMissing, isTooShort, saysEndedTooSoon } from './truncation.ts'
import type { PublishSettings, SegmentedRendition } from './types.ts'
import { isWrittenWhole } from './written-file.ts'

/** Less is a picture or an accident, not something to play. */
export const MIN_DURATION_MS = 100

/** ffmpeg gives a video's last segment the picture's duration; longer sound is added to it. */
const TAIL_MS = 100
const MAX_REASON_LINES = 3

export interface SegmenterOptions {
  signal?: AbortSignal
  /** 0 to 100. */
  onProgress?: (percent: number) => void
}

/**
 * The renditions of `input`, written under `folder`.
 *
 * @throws InvalidMediaError DiskFullError FfmpegNotFoundError DeadlineError
 */
export async function segmentMedia (
  ffmpeg: Ffmpeg, input: string, media: MediaInfo, settings: PublishSettings, folder: string,
  options: SegmenterOptions = {}
): Promise<SegmentedRendition[]> {
  assertEncoders(ffmpeg, media)
  if (await isEndMissing(input)) throw cutShort(input)
  const plans = planRenditions(media, settings)
  for (const { name } of plans) await mkdir(join(folder, name), { recursive: true })
  let endedTooSoon = false
  const outcome = await ffmpeg.run({
    input, options: ffmpegOptions(media, plans, settings), folder, output: `%v/${PLAYLIST}`
  }, {
    signal: options.signal,
    onLine: line => { endedTooSoon ||= saysEndedTooSoon(line) },
    onProgress: outMs => { options.onProgress?.(percent(outMs, media.durationMs)) }
  })
  if (!outcome.isSuccess) throw explain(outcome, input, folder)
  const renditions = await Promise.all(plans.map(async plan => {
    return await readRendition(folder, plan, input)
  }))
  const endMs = renditions.reduce((latest, rendition) => Math.max(latest, lengthMs(rendition)), 0)
  assertWhole(input, media, endMs, endedTooSoon)
  return renditions
}

function assertEncoders ({ binary }: Ffmpeg, media: MediaInfo): void {
  for (const encoder of ['aac', ...media.video == null ? [] : [VIDEO_ENCODER]]) {
    if (!binary.encoders.has(encoder)) {
      throw new FfmpegNotFoundError(`the ffmpeg at ${binary.path} (${binary.version}) has no ` +
        `${encoder} encoder, which this file needs: install a full ffmpeg (Debian or Ubuntu ` +
        '`apt install ffmpeg`, macOS `brew install ffmpeg`) or set CDND_FFMPEG to one')
    }
  }
}

function assertWhole (input: string, media: MediaInfo, endMs: number, endedTooSoon: boolean): void {
  const { durationMs, isEstimated } = media
  const isMissing = durationMs != null && !isEstimated && isTooShort(durationMs, endMs)
  if (endedTooSoon || isMissing) throw cutShort(input, durationMs, endMs)
  if (endMs < MIN_DURATION_MS) {
    throw new InvalidMediaError(`${input} is too short: it has ${Math.round(endMs)} ms to play`)
  }
}

function cutShort (input: string, declaredMs?: number, endMs?: number): InvalidMediaError {
  const detail = declaredMs == null || endMs == null || !isTooShort(declaredMs, endMs)
    ? 'its end is missing'
    : `it should last ${seconds(declaredMs)} and ends after ${seconds(endMs)}`
  return new InvalidMediaError(`${input} is damaged or cut short: ${detail}`)
}

/** ffmpeg's exit codes differ between versions, its words do not. */
function explain ({ log }: FfmpegOutcome, input: string, folder: string): Error {
  if (log.some(line => /No space left on device|Disk quota exceeded/.test(line))) {
    return diskFull(folder)
  }
  const reasons = log.map(line => line.trim())
    .filter(line => /error|invalid|fail|unable|cannot|unknown|killed/i.test(line))
  const reason = reasons.slice(-MAX_REASON_LINES).join('; ') || 'it does not say why'
  return new InvalidMediaError(`ffmpeg could not convert ${input}: ${reason}`)
}

function diskFull (folder: string): DiskFullError {
  return new DiskFullError(`the disk that holds ${folder} is full: free some of it`)
}

/** The rendition as ffmpeg's playlist lists it, its last segment as long as its longest track. */
async function readRendition (
  folder: string, { name }: RenditionPlan, input: string
): Promise<SegmentedRendition> {
  const home = join(folder, name)
  if (!(await readdir(home)).includes(PLAYLIST)) {
    throw new InvalidMediaError(`${input} has nothing in it that ffmpeg could play`)
  }
  const playlist = await readFile(join(home, PLAYLIST), 'utf8')
  const init = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(playlist)?.[1]
  const entries = playlist.matchAll(/^#EXTINF:([\d.]+),\s+(\S+)$/gm)
  const segments = Array.from(entries, ([, duration, file]) => ({
    path: join(home, file!), durationMs: Number(duration) * 1000
  }))
  const last = segments.at(-1)
  if (init == null || last == null || !playlist.includes('#EXT-X-ENDLIST')) throw diskFull(folder)
  const rendition = { name, init: join(home, init), segments }
  if (!await isWritten(rendition)) throw diskFull(folder)
  const endMs = fragmentEndMs(await readFile(rendition.init), await readFile(last.path))
  const tailMs = endMs - lengthMs(rendition)
  if (tailMs > TAIL_MS) last.durationMs += tailMs
  if (last.durationMs > MAX_SEGMENT_DURATION_MS) {
    throw new InvalidMediaError(
      `the sound of ${input} goes on for ${seconds(tailMs)} after the picture: cut or pad it`
    )
  }
  return rendition
}

async function isWritten ({ init, segments }: SegmentedRendition): Promise<boolean> {
  for (const { path } of segments) {
    if (!await isWrittenWhole(path, ['moof', 'mdat'])) return false
  }
  return await isWrittenWhole(init, ['moov'])
}

function lengthMs ({ segments }: SegmentedRendition): number {
  return segments.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

function percent (outMs: number, durationMs: number | undefined): number {
  return durationMs == null || durationMs === 0 ? 0 : Math.min(100, 100 * outMs / durationMs)
}

function seconds (ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
