/**
 * A libp2p stream that is written to as fast as it takes: what encryption and muxing alone cost.
 * Encrypted, not hashed, kept nowhere, no requests.
 */

import { multiaddr } from '@multiformats/multiaddr'
import type { Stream } from '@libp2p/interface'
import type { Leecher, Load } from '../rig/contender.ts'
import { pieceOf } from '../rig/piece.ts'
import { addressOf, bareHost } from './host.ts'

const PROTOCOL = '/bench/stream/1'

export async function seed (load: Load): Promise<string> {
  const host = await bareHost()
  const bytes = pieceOf(0, load.pieceBytes)
  const pour = async (stream: Stream): Promise<void> => {
    for (let piece = 0; piece < load.pieces; piece++) {
      if (!stream.send(bytes)) await stream.onDrain()
    }
    await stream.close()
  }
  // It pours when the first byte comes.
  await host.handle(PROTOCOL, stream => {
    stream.addEventListener('message', () => { void pour(stream) }, { once: true })
  })
  return addressOf(host)
}

export async function leech (load: Load, [address]: string[]): Promise<Leecher> {
  const host = await bareHost()
  const stream = await host.dialProtocol(multiaddr(address!), PROTOCOL)
  return {
    fetchAll: async () => {
      const expected = load.pieces * load.pieceBytes
      const done = Promise.withResolvers<void>()
      let bytes = 0
      stream.addEventListener('message', ({ data }) => {
        bytes += data.byteLength
        if (bytes >= expected) done.resolve()
      })
      stream.send(new Uint8Array(1))
      await done.promise
      return { bytes }
    }
  }
}
