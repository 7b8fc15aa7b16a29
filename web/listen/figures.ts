/**
 * How playback goes, in figures. in: what the player counts, the neighbours. out: elements.
 */

import type Hls from 'hls.js'
import { element } from '../topology/element.ts'
import type { NeighbourView } from '../node/index.ts'
import type { PageMetrics, SegmentNews } from '../player/page-metrics.ts'
import {
  bitRate, bytes, clock, mainSource, milliseconds, percent, SOURCE_NAMES, senderName
} from './words.ts'

export interface Playing {
  metrics: PageMetrics
  media: HTMLMediaElement
  hls: Hls | undefined
}

export function figuresOf ({ metrics, media, hls }: Playing): HTMLElement[] {
  const { received, played, offload } = metrics
  const level = hls?.levels[hls.loadLevel]
  const figures: Record<string, string> = {
    'servers spared': metrics.segments === 0 ? '–' : percent(offload),
    'from others': bytes(received.peer),
    'from servers': bytes(received.edge + received.origin),
    'kept before': bytes(played.cache),
    buffered: `${Math.round(bufferedSeconds(media))} s`,
    'bit rate': level == null ? '–' : bitRate(level.bitrate),
    line: hls == null || metrics.segments === 0 ? '–' : bitRate(hls.bandwidthEstimate)
  }
  return Object.entries(figures).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value)))
}

export function neighbourRows (neighbours: readonly NeighbourView[]): HTMLTableRowElement[] {
  return neighbours.map(({ name, role, region, rttMs, receivedBytes, sentBytes, transport }) =>
    element('tr', { title: transport },
      element('td', {}, `${role === 'peer' ? 'listener' : role} ${name}`),
      element('td', {}, region === '' ? '–' : region),
      element('td', {}, rttMs == null ? '–' : milliseconds(rttMs)),
      element('td', {}, bytes(receivedBytes)),
      element('td', {}, bytes(sentBytes))))
}

export function segmentItem ({ sources, from, rendition, ...news }: SegmentNews): HTMLLIElement {
  const main = mainSource(sources)
  const mark = element('span', { className: 'source' })
  mark.dataset.source = main
  const all = Object.values(sources).reduce((sum, part) => sum + part, 0)
  const who = from.length === 0 ? '' : ` (${from.slice(0, 3).map(senderName).join(', ')})`
  return element('li', {}, mark,
    element('span', { className: 'number' }, `${clock(news.startMs)} `),
    `${SOURCE_NAMES[main]}${who} `,
    element('span', { className: 'number' }, `· ${rendition}, ${bytes(all)}`))
}

/** Media ahead of the playhead. */
function bufferedSeconds ({ buffered, currentTime }: HTMLMediaElement): number {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.1 && buffered.end(i) >= currentTime) {
      return buffered.end(i) - currentTime
    }
  }
  return 0
}
