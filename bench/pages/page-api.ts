/**
 * What a listener's page has for the benchmark, whichever player is on it.
 */

import type Hls from 'hls.js'

export interface PlayInit {
  /** Of the master playlist, at the edge. */
  url: string
  /** HTTP of bootstraps, where pages of ours meet. */
  bootstraps: string[]
  /** WebSocket trackers, where the others do. */
  torrentTrackers: string[]
  /** One byte is wrong of each block that others get from this page. */
  isLiar: boolean
}

/** Payload that came, in the player's own words. */
export interface Told {
  /** Of use. */
  peerBytes: number
  serverBytes: number
  /** All that others sent, also what was of no use. */
  sentByPeersBytes: number
  /** Pages and nodes that the page is connected to now. */
  neighbours: number
}

/** Each player's script puts one at `globalThis.player`. */
export interface PlayerOnPage {
  /** Begins; undefined where nothing is played, as by a liar of ours. */
  play (media: HTMLMediaElement, init: PlayInit): Promise<Hls | undefined>
  told (): Promise<Told>
  /** The listener leaves the title. */
  leave (): Promise<void>
}

export interface PageState {
  /** From pressing play to the first frame or tone; undefined before. */
  startUpMs?: number
  /** The same from the navigation to the page on, scripts included. */
  openedMs?: number
  currentSeconds: number
  isEnded: boolean
  /** Times that the playhead stood still after it had begun, and all of them together. */
  stalls: number
  stalledMs: number
  /** What hls.js could not recover from. */
  failure?: string
  /** From pressing play to the moment all segments were on the page. */
  completeMs?: number
  /** sha-256, in hex, of each segment that hls.js was given. */
  given: string[]
  /** Over WebRTC: with DTLS and SCTP, without IP and UDP. */
  wireBytes: number
  told: Told
}

/** `globalThis.listener`. */
export interface ListenerOnPage {
  /** `segmentBytes`: of all segments together. */
  play (init: PlayInit & { segmentBytes: number }): Promise<void>
  read (): Promise<PageState>
  leave (): Promise<void>
}
