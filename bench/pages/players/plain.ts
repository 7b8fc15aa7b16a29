/**
 * hls.js as it is, for a page of the benchmark.
 */

import Hls from 'hls.js'
import type { PlayerOnPage } from '../page-api.ts'

let serverBytes = 0
let playing: Hls | undefined

const player: PlayerOnPage = {
  play: async (media, { url }) => {
    const hls = new Hls()
    playing = hls
    hls.on(Hls.Events.FRAG_LOADED, (_event, { payload }) => { serverBytes += payload.byteLength })
    hls.loadSource(url)
    hls.attachMedia(media)
    return hls
  },
  told: async () => ({ peerBytes: 0, serverBytes, sentByPeersBytes: 0, neighbours: 0 }),
  leave: async () => { playing?.destroy() }
}

Object.assign(globalThis, { player })
