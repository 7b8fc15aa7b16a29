/**
 * What a media file is made of, read from what `ffmpeg -i` says (the package has no ffprobe).
 * in: a path. out: its streams and declared duration, or a reason a person understands.
 */

import { InvalidMediaError } from '../protocols/errors.ts'
import type { Ffmpeg } from './ffmpeg.ts'

export interface AudioStream {
  /** Its number in the file. */
  index: number
  codec: string
  sampleRate: number
}

export interface VideoStream {
  index: number
  codec: string
  /** As stored: neither rotation nor pixel shape is applied. */
  width: number
  height: number
  /** Frames per second as ffmpeg rounds them, such as 29.97; undefined where it does not know. */
  fps?: number
}

export interface MediaInfo {
  /** ffmpeg's names of the container, e.g. `['mov', 'mp4', …]`. */
  formats: string[]
  /** As the container declares it. */
  durationMs?: number
  /** True when ffmpeg guessed the duration from the size. */
  isEstimated: boolean
  audio?: AudioStream
  /** Cover pictures do not count. */
  video?: VideoStream
}

/** Text, pictures and lists of other files, which ffmpeg reads too. */
const NOT_MEDIA = /^(tty|image2|.*_pipe|ico|hls|dash|concat|sdp|rtsp|lavfi|ffmetadata)$/

/**
 * The streams of the file at `path`.
 *
 * @throws InvalidMediaError FfmpegNotFoundError DeadlineError
 */
export async function probeMedia (
  ffmpeg: Ffmpeg, path: string, options: { signal?: AbortSignal } = {}
): Promise<MediaInfo> {
  const text = await ffmpeg.inspect(path, options)
  const media = parseInspection(text)
  if (media == null) {
    throw new InvalidMediaError(`${path} is not audio or video that ffmpeg can read${why(text)}`)
  }
  if (media.formats.some(format => NOT_MEDIA.test(format))) {
    throw new InvalidMediaError(`${path} is not audio or video but ${media.formats.join(', ')}`)
  }
  if (media.audio == null && media.video == null) {
    throw new InvalidMediaError(`${path} has neither sound nor moving pictures in it`)
  }
  return media
}

/** What `ffmpeg -i` said, as data; undefined when it could not read the file. */
export function parseInspection (text: string): MediaInfo | undefined {
  const formats = /^Input #0, (\S+), from /m.exec(text)?.[1]?.split(',')
  if (formats == null) return undefined
  const media: MediaInfo = { formats, isEstimated: /Estimating duration from bitrate/.test(text) }
  const durationMs = parseDuration(text)
  if (durationMs != null) media.durationMs = durationMs
  // Tags stand deeper, or behind a name of their own, so they cannot pass for a stream.
  for (const match of text.matchAll(/^ {2,4}Stream #0:(\d+)\S*: (Audio|Video): (.*)$/gm)) {
    const [, index, kind, details] = match as unknown as [string, string, string, string]
    if (kind === 'Audio') media.audio ??= parseAudio(Number(index), details)
    else media.video ??= parseVideo(Number(index), details)
  }
  return media
}

function parseDuration (text: string): number | undefined {
  const match = /^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+),/m.exec(text)
  if (match == null) return undefined
  const [hours, minutes, seconds] = match.slice(1).map(Number) as [number, number, number]
  return Math.round((hours * 3600 + minutes * 60 + seconds) * 1000)
}

function parseAudio (index: number, details: string): AudioStream | undefined {
  const sampleRate = /, (\d+) Hz/.exec(details)?.[1]
  if (sampleRate == null) return undefined
  return { index, codec: codecOf(details), sampleRate: Number(sampleRate) }
}

function parseVideo (index: number, details: string): VideoStream | undefined {
  const size = /, (\d{1,5})x(\d{1,5})\b/.exec(details)
  if (size == null || details.includes('(attached pic)')) return undefined
  const video: VideoStream = {
    index, codec: codecOf(details), width: Number(size[1]), height: Number(size[2])
  }
  // `tbr` is the container's guess; it is written `1k` and more where there is no steady rate.
  const fps = /, ([\d.]+) fps\b/.exec(details)?.[1] ?? /, ([\d.]+) tbr\b/.exec(details)?.[1]
  if (fps != null && Number(fps) > 0) video.fps = Number(fps)
  return video
}

function codecOf (details: string): string {
  return /^[^\s,]+/.exec(details)?.[0] ?? 'unknown'
}

/** The part of ffmpeg's last line that says what it missed. */
function why (text: string): string {
  if (/moov atom not found/.test(text)) {
    return ': its index (the moov atom) is missing, so it is cut short or was never finished'
  }
  const line = text.trim().split('\n').at(-1)?.replace(/^.*: /, '') ?? ''
  return line === '' ? '' : ` (${line})`
}
