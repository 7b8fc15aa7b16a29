/**
 * Framed TCP and nothing else: the most this machine moves between two Node processes. Not
 * encrypted, not hashed, kept in no store: one buffer is sent over and over.
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { eachPiece, type Leecher, type Load } from '../rig/contender.ts'
import { pieceOf } from '../rig/piece.ts'
import { encodeHeader, RequestReader } from './frames.ts'
import { PieceRequests } from './requests.ts'

export async function seed ({ pieceBytes }: Load): Promise<number> {
  const bytes = pieceOf(0, pieceBytes)
  const server = createServer({ noDelay: true }, socket => {
    const requests = new RequestReader()
    socket.on('data', chunk => {
      for (const { id } of requests.push(chunk)) {
        socket.cork()
        socket.write(encodeHeader(id, bytes.byteLength))
        socket.write(bytes)
        socket.uncork()
      }
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export async function leech (load: Load, [port]: number[]): Promise<Leecher> {
  const socket = connect({ port: port!, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const requests = new PieceRequests(bytes => socket.write(bytes), load.pieceBytes)
  socket.on('data', chunk => { requests.push(chunk) })
  return {
    fetch: async part => {
      let bytes = 0
      await eachPiece(part, async piece => {
        const { byteLength } = await requests.get(piece)
        bytes += byteLength
      })
      return { bytes }
    },
    fetchOne: async piece => { await requests.get(piece) }
  }
}
