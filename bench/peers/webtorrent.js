/**
 * WebTorrent as a contender: one file over TCP, found by no DHT and no tracker. Its TCP is plain
 * text; pieces are hashed with sha1 and kept in its default file store, for which memory is tmpfs.
 * A piece has a power of two of bytes, as its clients expect. What it warms up with is a torrent of
 * its own.
 */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import WebTorrent from 'webtorrent'
import { pieceOf } from '../rig/piece.ts'

const ALONE = {
  dht: false, tracker: false, lsd: false, utp: false, utPex: false, natUpnp: false, natPmp: false,
  webSeeds: false
}

const pieceLength = bytes => 2 ** Math.ceil(Math.log2(bytes))

export async function seed (load) {
  const { pieces, warmPieces } = load
  const client = new WebTorrent(ALONE)
  const measured = { first: warmPieces, count: pieces - warmPieces }
  const torrentFiles = [await seedPart(client, load, measured)]
  if (warmPieces > 0) {
    torrentFiles.push(await seedPart(client, load, { first: 0, count: warmPieces }))
  }
  return { address: `127.0.0.1:${client.torrentPort}`, torrentFiles }
}

async function seedPart (client, { folder, pieceBytes }, { first, count }) {
  const file = join(folder, `from-${first}`)
  await pipeline(function * () {
    for (let piece = first; piece < first + count; piece++) yield pieceOf(piece, pieceBytes)
  }, createWriteStream(file))
  const options = { pieceLength: pieceLength(pieceBytes), announceList: [], announce: [] }
  const torrent = await new Promise((resolve, reject) => {
    client.on('error', reject)
    client.seed(file, options, resolve)
  })
  return Buffer.from(torrent.torrentFile).toString('base64')
}

export async function leech (load, tickets) {
  const client = new WebTorrent(ALONE)
  const [content, warm] = await Promise.all(tickets[0].torrentFiles.map(async file => {
    const torrent = client.add(Buffer.from(file, 'base64'), {
      path: join(load.folder, 'download'), announce: []
    })
    await once(torrent, 'ready')
    return torrent
  }))
  return {
    // It fetches as soon as it is connected, so that connecting counts.
    fetch: async ({ first }) => {
      const torrent = first === load.warmPieces ? content : warm
      const done = once(torrent, 'done')
      for (const { address } of tickets) torrent.addPeer(address)
      await done
      return { bytes: torrent.downloaded }
    }
  }
}
