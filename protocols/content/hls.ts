/**
 * HLS playlists (RFC 8216), made from the manifest whenever they are asked for.
 *
 *   /hls/{id}/master.m3u8 ──► {rendition}/index.m3u8 ──► init.mp4, {n}.m4s
 */

import type { AbortOptions } from '@libp2p/interface'
import type { ContentRoot, Rendition, SegmentIndex } from './types.ts'

export const MASTER_PLAYLIST = 'master.m3u8'
export const MEDIA_PLAYLIST = 'index.m3u8'
export const INIT_FILE = 'init.mp4'
export const SEGMENT_EXTENSION = '.m4s'

/** EXT-X-MAP outside I-frame playlists needs 6, CMAF's fMP4 is commonly written as 7. */
const VERSION = 7

/** Bits per second over the whole rendition, undefined for one that has not begun. */
export function averageBandwidth ({ size, durationMs }: Rendition): number | undefined {
  return durationMs > 0 ? Math.ceil(size * 8000 / durationMs) : undefined
}

/** The master playlist, its renditions in the publisher's order. */
export function masterPlaylist (root: ContentRoot): string {
  return lines([
    '#EXTM3U', `#EXT-X-VERSION:${VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS',
    ...root.renditions.flatMap(rendition => [
      `#EXT-X-STREAM-INF:${streamAttributes(rendition)}`, `${rendition.name}/${MEDIA_PLAYLIST}`
    ])
  ])
}

/** The media playlist of what the index now has. */
export async function mediaPlaylist (
  index: SegmentIndex, options: AbortOptions = {}
): Promise<string> {
  const entries: string[] = []
  let longestMs = 0
  for await (const { number, durationMs } of index.segments(options)) {
    longestMs = Math.max(longestMs, durationMs)
    entries.push(`#EXTINF:${(durationMs / 1000).toFixed(6)},`, `${number}${SEGMENT_EXTENSION}`)
  }
  return lines([
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}`,
    `#EXT-X-MEDIA-SEQUENCE:${index.first}`,
    ...(index.isComplete && index.first === 0 ? ['#EXT-X-PLAYLIST-TYPE:VOD'] : []),
    ...(index.rendition.init == null ? [] : [`#EXT-X-MAP:URI="${INIT_FILE}"`]),
    ...entries,
    ...(index.isComplete ? ['#EXT-X-ENDLIST'] : [])
  ])
}

function streamAttributes (rendition: Rendition): string {
  const { bandwidth, codecs, resolution } = rendition
  const average = averageBandwidth(rendition)
  return [
    `BANDWIDTH=${Math.max(bandwidth, average ?? 0)}`,
    ...(average == null ? [] : [`AVERAGE-BANDWIDTH=${average}`]),
    `CODECS="${codecs}"`,
    ...(resolution == null ? [] : [`RESOLUTION=${resolution.width}x${resolution.height}`])
  ].join(',')
}

function lines (parts: string[]): string {
  return `${parts.join('\n')}\n`
}
