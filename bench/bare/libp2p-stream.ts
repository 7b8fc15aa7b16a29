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
  const pour = async (stream: Stream, pieces: number): Promise<void> => {
    for (let piece = 0; piece < pieces; piece++) {
      if (!stream.send(bytes)) await stream.onDrain()
    }
  }
  await host.handle(PROTOCOL, stream => {
    stream.addEventListener('message', ({ data }) => {
      const { buffer, byteOffset } = data.subarray()
      void pour(stream, new DataView(buffer, byteOffset).getUint32(0))
    })
  })
  return addressOf(host)
}

export async function leech (load: Load, [address]: string[]): Promise<Leecher> {
  const host = await bareHost()
  const stream = await host.dialProtocol(multiaddr(address!), PROTOCOL)
  return {
    // Asked for with their number.
    fetch: async ({ count }) => {
      const expected = count * load.pieceBytes
      const done = Promise.withResolvers<void>()
      let bytes = 0
      const onMessage = ({ data }: { data: { byteLength: number } }): void => {
        bytes += data.byteLength
        if (bytes >= expected) done.resolve()
      }
      stream.addEventListener('message', onMessage)
      const request = new Uint8Array(4)
      new DataView(request.buffer).setUint32(0, count)
      stream.send(request)
      await done.promise
      stream.removeEventListener('message', onMessage)
      return { bytes }
    }
  }
}
