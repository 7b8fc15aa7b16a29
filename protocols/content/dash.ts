/**
 * An MPEG-DASH MPD (ISO/IEC 23009-1) over the very files HLS serves.
 *
 *   /dash/{id}/manifest.mpd ──► ../../hls/{id}/{rendition}/init.mp4 and {n}.m4s
 */

import type { AbortOptions } from '@libp2p/interface'
import { InvalidArgumentError } from '../errors.ts'
import { averageBandwidth, INIT_FILE, SEGMENT_EXTENSION } from './hls.ts'
import { toMicroseconds } from './timeline.ts'
import type { Manifest, Rendition, SegmentIndex } from './types.ts'

/** Units of the segment timeline in a second. */
const TIMESCALE = 1_000_000

/**
 * The static MPD of a finished title: one adaptation set of audio renditions, one of those with a
 * picture. The latter's sound is in the same files and told by `codecs` alone: players that append
 * such files as they are (MSE) refuse them once the set names two components.
 *
 * @throws InvalidArgumentError when no rendition is fMP4
 */
export async function mpd (manifest: Manifest, options: AbortOptions = {}): Promise<string> {
  const renditions = manifest.root.renditions.filter(({ init }) => init != null)
  if (renditions.length === 0) {
    throw new InvalidArgumentError('the title has no fMP4 rendition: play it as HLS')
  }
  const audio = renditions.filter(({ resolution }) => resolution == null)
  const video = renditions.filter(({ resolution }) => resolution != null)
  const sets = [
    await adaptationSet('audio', audio, manifest, options),
    await adaptationSet('video', video, manifest, options)
  ]
  const longestMs = Math.max(...renditions.map(({ durationMs }) => durationMs))
  return `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  type="static" mediaPresentationDuration="${seconds(longestMs)}" minBufferTime="PT2S">
<ProgramInformation><Title>${escapeXml(manifest.root.title)}</Title></ProgramInformation>
<BaseURL>../../hls/${manifest.id}/</BaseURL>
<Period id="0" start="PT0S">
${sets.join('')}</Period>
</MPD>
`
}

async function adaptationSet (
  type: 'audio' | 'video', renditions: Rendition[], manifest: Manifest, options: AbortOptions
): Promise<string> {
  if (renditions.length === 0) {
    return ''
  }
  let set = `<AdaptationSet contentType="${type}" mimeType="${type}/mp4" startWithSAP="1">\n`
  for (const rendition of renditions) {
    set += await representation(rendition, manifest.index(rendition.name), options)
  }
  return `${set}</AdaptationSet>\n`
}

async function representation (
  rendition: Rendition, index: SegmentIndex, options: AbortOptions
): Promise<string> {
  const { name, codecs, resolution } = rendition
  const bandwidth = Math.max(rendition.bandwidth, averageBandwidth(rendition) ?? 0)
  const picture = resolution && ` width="${resolution.width}" height="${resolution.height}"`
  return `<Representation id="${name}" bandwidth="${bandwidth}"${picture ?? ''}
  codecs="${codecs}">
<SegmentTemplate timescale="${TIMESCALE}" startNumber="${index.first}"
  initialization="$RepresentationID$/${INIT_FILE}"
  media="$RepresentationID$/$Number$${SEGMENT_EXTENSION}">
<SegmentTimeline>${await timeline(index, options)}</SegmentTimeline>
</SegmentTemplate>
</Representation>
`
}

/** `<S>` elements, equal neighbours folded into a repeat count. */
async function timeline (index: SegmentIndex, options: AbortOptions): Promise<string> {
  const runs: Array<{ duration: number, repeat: number }> = []
  for await (const { durationMs } of index.segments(options)) {
    const duration = toMicroseconds(durationMs)
    const last = runs.at(-1)
    if (last?.duration === duration) {
      last.repeat++
    } else {
      runs.push({ duration, repeat: 0 })
    }
  }
  return runs.map(({ duration, repeat }, i) =>
    `<S${i === 0 ? ' t="0"' : ''} d="${duration}"${repeat > 0 ? ` r="${repeat}"` : ''}/>`).join('')
}

function seconds (ms: number): string {
  return `PT${(ms / 1000).toFixed(6)}S`
}

function escapeXml (text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
