/**
 * A media element that plays a title.
 * in: the element, the title's URL. out: hls.js at work on it, or the browser itself where it has
 * no MediaSource, as on some phones.
 */

import type Hls from 'hls.js'
import { playsHls } from './browser-features.ts'
import type { Attachment, LoaderClass } from './types.ts'

export interface MediaInit {
  loader: LoaderClass
  hasMediaSource: boolean
  /** Playback cannot go on. */
  onError: (message: string) => void
}

/** A network that fails is asked again after so long, and after twice as long each time. */
const RETRY_MS = { first: 1_000, most: 15_000 }
const MAX_MEDIA_RECOVERIES = 3
/**
 * hls.js takes ten minutes of music otherwise, from whoever has it at the moment. Higher: longer
 * failures are ridden out; lower: less is fetched for nothing when the listener skips.
 */
const MOST_BUFFERED_SECONDS = 60

/** hls.js, in a file of its own where a bundler can split. */
export const loadHls = async (): Promise<typeof Hls> => (await import('hls.js')).default

export async function attachMedia (
  media: HTMLMediaElement, url: string, init: MediaInit
): Promise<Attachment> {
  if (!init.hasMediaSource) return attachNative(media, url, init)
  const HlsPlayer = await loadHls()
  const hls = new HlsPlayer({
    loader: init.loader,
    // Our segments are fMP4, which hls.js hands on as they are: a worker would only copy them.
    enableWorker: false,
    maxMaxBufferLength: MOST_BUFFERED_SECONDS
  })
  const stopRecovery = recover(hls, HlsPlayer, init.onError)
  hls.loadSource(url)
  hls.attachMedia(media)
  return {
    mode: 'hls.js',
    hls,
    detach: () => {
      stopRecovery()
      hls.destroy()
    }
  }
}

function attachNative (media: HTMLMediaElement, url: string, init: MediaInit): Attachment {
  if (!playsHls(media)) init.onError('this browser has neither MediaSource nor HLS of its own')
  media.src = url
  return {
    mode: 'native',
    detach: () => {
      media.removeAttribute('src')
      media.load()
    }
  }
}

/** What hls.js gives up on is tried again: servers and peers come back. */
function recover (
  hls: Hls, { Events, ErrorTypes }: typeof Hls, onError: (message: string) => void
): () => void {
  let waitMs = RETRY_MS.first
  let recoveries = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  hls.on(Events.FRAG_BUFFERED, () => { waitMs = RETRY_MS.first })
  hls.on(Events.ERROR, (_event, { fatal, type, details, error }) => {
    if (!fatal) return
    onError(`${details}: ${error.message}`)
    if (type === ErrorTypes.NETWORK_ERROR) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (hls.levels.length === 0 && hls.url != null) hls.loadSource(hls.url)
        else hls.startLoad()
      }, waitMs)
      waitMs = Math.min(RETRY_MS.most, 2 * waitMs)
    } else if (type === ErrorTypes.MEDIA_ERROR && recoveries++ < MAX_MEDIA_RECOVERIES) {
      hls.recoverMediaError()
    }
  })
  return () => { clearTimeout(timer) }
}
