/**
 * A player whose audience is its CDN, for anybody's page.
 * in: options, and an hls.js instance or a media element with a title's URL. out: playback whose
 * segments come from other pages and nodes, then edges, then the origin, each block checked.
 *
 *   import { createPlayer } from 'cdnd/player'
 *   const player = createPlayer({ trackerUrls: ['https://meet.example.org'] })
 *   await player.attach(audio, 'https://edge.example.org/hls/CONTENT_ID/master.m3u8')
 */

import { browserFeatures } from './browser-features.ts'
import { type PlayerOptions, readOptions } from './options.ts'
import { TitlePlayer } from './title-player.ts'
import type { Player } from './types.ts'

export type { PlayerOptions, TurnServer } from './options.ts'
export type { P2pState } from './joining.ts'
export type { PageMetrics, SegmentNews } from './page-metrics.ts'
export type { Attachment, Player, PlayerEvents } from './types.ts'

/**
 * A player that runs at once; {@link Player.stop} ends it.
 *
 * @throws InvalidArgumentError that names the option, and what to write instead
 * @example
 * const player = createPlayer({ trackerUrls: ['https://meet.example.org'], uploadLimit: '1MB/s' })
 * const hls = new Hls({ loader: player.loader })
 * hls.loadSource('https://edge.example.org/hls/CONTENT_ID/master.m3u8')
 */
export function createPlayer (options: PlayerOptions = {}): Player {
  const player = new TitlePlayer(readOptions(options), browserFeatures())
  player.start()
  return player
}
