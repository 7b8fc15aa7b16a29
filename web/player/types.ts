/**
 * The player as a site sees it.
 */

import type Hls from 'hls.js'
import type { HlsConfig, Loader, LoaderContext } from 'hls.js'
import type { NeighbourView } from '../node/types.ts'
import type { P2pState } from './joining.ts'
import type { PageMetrics, SegmentNews } from './page-metrics.ts'

/** What hls.js loads by. */
export type LoaderClass = new (config: HlsConfig) => Loader<LoaderContext>

export interface Player {
  /** For `new Hls({ loader: player.loader })`. */
  readonly loader: LoaderClass
  /** Dispatches {@link PlayerEvents}, each with `detail`. */
  readonly events: EventTarget
  readonly p2p: P2pState
  /** An hls.js instance that is there already loads by this player from now on. */
  use (hls: Hls): void
  /**
   * Plays a title: by hls.js, or by the browser itself where it has no MediaSource.
   *
   * @throws InvalidArgumentError when it is no http(s) URL
   */
  attach (media: HTMLMediaElement, url: string): Promise<Attachment>
  /**
   * Files of titles that any player of the page asks for come from its node too, by a service
   * worker: the script at `url`, of the page's own host. Does nothing where there are no workers.
   *
   * @throws what the browser refuses to register it with
   */
  useWorker (url: string): Promise<void>
  /** Meets others, after {@link Player.stopP2p} or a refusal. */
  startP2p (): Promise<void>
  /** Leaves the others; playback goes on from servers. */
  stopP2p (): Promise<void>
  metrics (): PageMetrics
  /** Who the page is connected to. */
  neighbours (): Promise<NeighbourView[]>
  /** Ends playback of what was attached, and the node. */
  stop (): Promise<void>
}

export interface Attachment {
  /** Who plays it: `native` is the browser by URL, from the server alone. */
  mode: 'hls.js' | 'native'
  hls?: Hls
  detach (): void
}

export interface PlayerEvents {
  segment: SegmentNews
  p2p: { state: P2pState }
  /** Playback cannot go on. */
  error: { message: string }
}
