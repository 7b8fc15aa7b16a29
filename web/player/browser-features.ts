/**
 * What this browser can do. in: its globals. out: its ways of playing and of meeting others.
 */

export interface BrowserFeatures {
  /** Media can be given to it piece by piece: what hls.js needs. */
  hasMediaSource: boolean
  /** Others can be met. */
  hasWebRtc: boolean
}

type Globals = Partial<Record<'MediaSource' | 'ManagedMediaSource' | 'RTCPeerConnection', unknown>>

const HLS_TYPE = 'application/vnd.apple.mpegurl'

export function browserFeatures (globals: Globals = globalThis): BrowserFeatures {
  const has = (name: keyof Globals): boolean => typeof globals[name] === 'function'
  return {
    hasMediaSource: has('MediaSource') || has('ManagedMediaSource'),
    hasWebRtc: has('RTCPeerConnection')
  }
}

/** True where the browser plays HLS by URL, as Safari does. */
export const playsHls = (media: Pick<HTMLMediaElement, 'canPlayType'>): boolean =>
  media.canPlayType(HLS_TYPE) !== ''
