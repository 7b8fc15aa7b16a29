/**
 * A tracker of WebTorrent's kind, where pages of p2p-media-loader meet.
 * in: nothing. out: its URL, and how to end it.
 */

import { once } from 'node:events'
import { Server } from 'bittorrent-tracker'

export async function openTracker () {
  const server = new Server({ udp: false, http: true, ws: true, stats: false })
  const listening = once(server, 'listening')
  server.listen(0, '127.0.0.1')
  await listening
  return {
    url: `ws://127.0.0.1:${server.http.address().port}`,
    close: async () => { await new Promise(resolve => { server.close(resolve) }) }
  }
}
