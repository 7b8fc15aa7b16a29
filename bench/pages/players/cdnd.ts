/**
 * cdnd's player, for a page of the benchmark.
 */

import { createPlayer, type Player } from '../../../web/player/index.ts'
import type { PlayerOnPage } from '../page-api.ts'

/** What each neighbour sent, those that are gone too. */
const sent = new Map<string, number>()
let playing: Player | undefined
/** Loads what the first segment needs, as a site's script does that makes one when it is loaded. */
const { bootstraps } = JSON.parse(document.querySelector('#places')!.textContent!) as
  { bootstraps: string[] }
playing = createPlayer({ trackerUrls: bootstraps })

const player: PlayerOnPage = {
  play: async (media, { url }) => (await playing!.attach(media, url)).hls,
  told: async () => {
    const neighbours = await playing!.neighbours()
    for (const { id, receivedBytes } of neighbours) {
      sent.set(id, Math.max(sent.get(id) ?? 0, receivedBytes))
    }
    const { peer, edge, origin } = playing!.metrics().received
    return {
      peerBytes: peer,
      serverBytes: edge + origin,
      sentByPeersBytes: [...sent.values()].reduce((sum, bytes) => sum + bytes, 0),
      neighbours: neighbours.length
    }
  },
  leave: async () => { await playing!.stop() }
}

Object.assign(globalThis, { player })
