/**
 * Hypercore as a contender: each piece is a block of the log, replicated over TCP through its own
 * Noise stream. Encrypted, hashed against a signed Merkle tree (BLAKE2b), kept in RocksDB, which is
 * its only store: in memory it lies on tmpfs.
 */

import Hypercore from 'hypercore'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pieceOf } from '../rig/piece.ts'

const BATCH = 25

const folderOf = ({ folder }) => join(folder, 'core')

function replicate (core, socket, isInitiator) {
  const stream = core.replicate(isInitiator)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => {})
  stream.on('error', () => {})
}

export async function seed (load) {
  const core = new Hypercore(folderOf(load))
  await core.ready()
  for (let piece = 0; piece < load.pieces; piece += BATCH) {
    const count = Math.min(BATCH, load.pieces - piece)
    await core.append(Array.from({ length: count }, (_, i) => pieceOf(piece + i, load.pieceBytes)))
  }
  const server = createServer({ noDelay: true }, socket => { replicate(core, socket, false) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, key: core.key.toString('hex') }
}

export async function leech (load, tickets) {
  const core = new Hypercore(folderOf(load), Buffer.from(tickets[0].key, 'hex'))
  await core.ready()
  for (const { port } of tickets) {
    replicate(core, connect({ port, host: '127.0.0.1', noDelay: true }), true)
  }
  await core.update({ wait: true })
  return {
    fetch: async ({ first, count }) => {
      await core.download({ start: first, end: first + count }).done()
      return { bytes: count * load.pieceBytes }
    },
    fetchOne: async piece => { await core.get(piece) }
  }
}
