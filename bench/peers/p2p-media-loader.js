/**
 * p2p-media-loader on hls.js, for a page of the browser benchmark: its defaults, and the tracker of
 * this machine. As a liar it changes one byte of each message that carries media.
 */

import Hls from 'hls.js'
import { HlsJsP2PEngine } from 'p2p-media-loader-hlsjs'

/** Smaller messages are requests and lists. */
const LEAST_MEDIA_BYTES = 4096

const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls)
const told = { peerBytes: 0, serverBytes: 0, sentByPeersBytes: 0 }
const neighbours = new Set()
let playing

const player = {
  play: async (media, { url, torrentTrackers, isLiar }) => {
    if (isLiar) lie()
    playing = new HlsWithP2P({ p2p: { core: { announceTrackers: torrentTrackers } } })
    listenTo(playing.p2pEngine)
    playing.loadSource(url)
    playing.attachMedia(media)
    return playing
  },
  told: async () => ({ ...told, neighbours: neighbours.size }),
  leave: async () => { playing?.destroy() }
}

function listenTo (engine) {
  engine.addEventListener('onSegmentLoaded', ({ bytesLength, downloadSource }) => {
    told[downloadSource === 'p2p' ? 'peerBytes' : 'serverBytes'] += bytesLength
  })
  engine.addEventListener('onChunkDownloaded', (bytesLength, downloadSource) => {
    if (downloadSource === 'p2p') told.sentByPeersBytes += bytesLength
  })
  engine.addEventListener('onPeerConnect', ({ peerId }) => { neighbours.add(peerId) })
  engine.addEventListener('onPeerClose', ({ peerId }) => { neighbours.delete(peerId) })
}

function lie () {
  const { send } = RTCDataChannel.prototype
  RTCDataChannel.prototype.send = function (message) {
    const isMedia = message.byteLength >= LEAST_MEDIA_BYTES
    send.call(this, isMedia ? withWrongByte(message) : message)
  }
}

function withWrongByte (message) {
  const wrong = new Uint8Array(ArrayBuffer.isView(message)
    ? message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength)
    : message.slice(0))
  wrong[wrong.byteLength >> 1] ^= 1
  return wrong
}

Object.assign(globalThis, { player })
