/**
 * Which renditions a file gets, and what to tell ffmpeg for them.
 * in: the file's streams and the settings. out: renditions by name, and ffmpeg's options.
 *
 * The options pin all that would make two runs differ: thread counts, metadata and encoder tags.
 */

import type { MediaInfo, VideoStream } from './media-probe.ts'
import type { PublishSettings } from './types.ts'

/** Without a height: sound only. */
export interface RenditionPlan {
  name: string
  audioBitrate: number
  /** Pixels of the shorter side, never more than the source has. */
  height?: number
}

export const VIDEO_ENCODER = 'libx264'
export const PLAYLIST = 'index.m3u8'

const MAX_DEFAULT_HEIGHT = 1080
const MAX_FPS = 60
/** Where the container has no steady rate. */
const FALLBACK_FPS = 30
const NTSC: Record<string, string> = {
  23.98: '24000/1001', 29.97: '30000/1001', 59.94: '60000/1001'
}
/** The picture's peak bit rate, by height: the first that fits. */
const PEAKS: ReadonlyArray<readonly [height: number, bitrate: number]> = [
  [240, 500_000], [360, 1_000_000], [480, 1_800_000], [720, 3_500_000], [1080, 6_000_000]
]
const PEAK_ABOVE = 16_000_000
/** x264's output depends on its number of threads, so it may not follow the machine's. */
const VIDEO_THREADS = 4

/** The renditions, smallest first as given; a ladder never goes above the source. */
export function planRenditions (media: MediaInfo, settings: PublishSettings): RenditionPlan[] {
  if (media.video == null) {
    return settings.bitrates.map(rate => ({ name: `${rate / 1000}k`, audioBitrate: rate }))
  }
  const source = even(Math.min(media.video.width, media.video.height))
  const fitting = settings.ladder.filter(height => height <= source)
  const heights = fitting.length > 0 ? fitting : [Math.min(source, MAX_DEFAULT_HEIGHT)]
  const audioBitrate = Math.max(...settings.bitrates)
  return heights.map(height => ({ name: `${height}p`, height, audioBitrate }))
}

/** Options for one run that writes `<rendition>/{index.m3u8, init….mp4, <n>.m4s}`. */
export function ffmpegOptions (
  media: MediaInfo, plans: RenditionPlan[], settings: PublishSettings
): string[] {
  return [
    ...plans.flatMap(() => maps(media)),
    ...media.audio == null ? [] : audioOptions(media.audio.sampleRate, plans),
    ...media.video == null ? ['-threads', '1'] : videoOptions(media.video, plans, settings),
    '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact',
    ...hlsOptions(media, plans, settings)
  ]
}

function maps ({ audio, video }: MediaInfo): string[] {
  return [video, audio].flatMap(stream => stream == null ? [] : ['-map', `0:${stream.index}`])
}

function audioOptions (sampleRate: number, plans: RenditionPlan[]): string[] {
  return [
    '-c:a', 'aac', '-ac', '2', '-ar', sampleRate === 44_100 ? '44100' : '48000',
    '-flags:a', '+bitexact',
    // Closes gaps and overlaps in the source's timestamps: a segment's clock does not forgive them.
    '-af', 'aresample=async=1',
    ...plans.flatMap(({ audioBitrate }, i) => [`-b:a:${i}`, String(audioBitrate)])
  ]
}

function videoOptions (
  video: VideoStream, plans: RenditionPlan[], { segmentMs }: PublishSettings
): string[] {
  return [
    '-c:v', VIDEO_ENCODER, '-preset', 'veryfast', '-crf', '23', '-flags:v', '+bitexact+cgop',
    '-threads', String(VIDEO_THREADS),
    // Keyframes stand at segment boundaries only, so all renditions are cut at the same frames.
    '-sc_threshold', '0', '-g', '100000',
    '-force_key_frames', `expr:gte(t,n_forced*${segmentMs / 1000})`,
    ...plans.flatMap(({ height = 0 }, i) => {
      const peak = PEAKS.find(([limit]) => height <= limit)?.[1] ?? PEAK_ABOVE
      return [
        `-filter:v:${i}`, filters(video, height),
        `-maxrate:v:${i}`, String(peak), `-bufsize:v:${i}`, String(2 * peak)
      ]
    })
  ]
}

/**
 * A steady frame rate from time 0 on (segments are cut by the clock), square pixels, even sides,
 * and `height` for the shorter side, so that a portrait video gets no smaller than a landscape one.
 * All of it in ffmpeg's own terms, since only ffmpeg knows how the picture is turned.
 */
function filters (video: VideoStream, height: number): string {
  const short = `min(${height}\\,2*trunc(min(ih\\,iw*sar)/2))`
  const width = `2*trunc(if(gte(dar\\,1)\\,${short}*dar\\,${short})/2)`
  const tall = `2*trunc(if(gte(dar\\,1)\\,${short}\\,${short}/dar)/2)`
  return [
    `fps=fps=${frameRate(video.fps)}:start_time=0`,
    `scale=w=${width}:h=${tall}:flags=bicubic+accurate_rnd+full_chroma_int+bitexact`,
    'setsar=1', 'format=yuv420p'
  ].join(',')
}

function frameRate (fps: number | undefined): string {
  if (fps == null || fps > 2 * MAX_FPS) return String(FALLBACK_FPS)
  return NTSC[fps] ?? String(Math.min(fps, MAX_FPS))
}

function hlsOptions (
  { audio, video }: MediaInfo, plans: RenditionPlan[], { segmentMs }: PublishSettings
): string[] {
  const streams = plans.map(({ name }, i) => [
    ...video == null ? [] : [`v:${i}`], ...audio == null ? [] : [`a:${i}`], `name:${name}`
  ].join(','))
  return [
    '-f', 'hls', '-hls_time', String(segmentMs / 1000), '-hls_playlist_type', 'vod',
    '-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'init.mp4',
    '-hls_segment_filename', '%v/%d.m4s', '-var_stream_map', streams.join(' ')
  ]
}

function even (pixels: number): number {
  return 2 * Math.trunc(pixels / 2)
}
