/**
 * Connections and streams of use before the other end has agreed to their protocol, which saves a
 * round trip each: what libp2p calls `negotiateFully: false`, go-libp2p lazy negotiation, and
 * libp2p 3.3 leaves out here.
 * in: an upgrader; a muxer. out: the same; connections are encrypted at once, and streams asked for
 * in that way take data at once.
 *
 * In multistream-select (github.com/multiformats/multistream-select) either end says its name and
 * the protocol's, the same bytes. They go out first, and are taken off what comes back.
 */

import {
  type MessageStream, type MultiaddrConnection, type StreamMuxer, UnsupportedProtocolError,
  type Upgrader
} from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { encodeFrame } from './frame.ts'

interface Opening { protocol?: string, negotiateFully?: boolean }

/** What libp2p's own connections and streams have, as far as it is of interest. */
type Read<S extends MessageStream> = S & {
  onData: (data: Uint8Array | Uint8ArrayList) => void
}

const MULTISTREAM = '/multistream/1.0.0'

/** Of one that can encrypt in one way only: there is nothing to choose. */
export function encryptLazily (upgrader: Upgrader): Upgrader {
  const upgradeOutbound: Upgrader['upgradeOutbound'] = async (
    connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]
  ) => {
    const [protocol, ...others] = upgrader.getConnectionEncrypters().keys()
    // Of two that dial each other at once, one is told to wait for the other's proposal.
    if (protocol != null && others.length === 0 && options?.initiator !== false) {
      const agreement = agreed(protocol)
      takeOff(connection as Read<MultiaddrConnection>, agreement, protocol)
      // As if it were the answer: libp2p proposes, and reads on.
      connection.push(agreement)
    }
    return await upgrader.upgradeOutbound(connection, options)
  }
  return Object.create(upgrader, { upgradeOutbound: { value: upgradeOutbound } }) as Upgrader
}

export function negotiateLazily (muxer: StreamMuxer): void {
  const { createStream } = muxer
  muxer.createStream = async (options: Opening = {}) => {
    const stream = await createStream.call(muxer, options)
    if (options.protocol != null && options.negotiateFully === false) {
      const agreement = agreed(options.protocol)
      takeOff(stream as Read<typeof stream>, agreement, options.protocol)
      stream.protocol = options.protocol
      stream.send(agreement)
    }
    return stream
  }
}

/** What comes next is that; the stream ends where it is not. */
function takeOff<S extends MessageStream> (
  stream: Read<S>, expected: Buffer, protocol: string
): void {
  const { onData } = stream
  let met = 0
  // Stays when all is met: others may have put theirs around it.
  stream.onData = data => {
    if (met === expected.byteLength) {
      onData.call(stream, data)
      return
    }
    const bytes = data.subarray()
    const length = Math.min(bytes.byteLength, expected.byteLength - met)
    if (!expected.subarray(met, met + length).equals(bytes.subarray(0, length))) {
      stream.abort(new UnsupportedProtocolError(`the other end does not speak ${protocol}`))
      return
    }
    met += length
    if (met === expected.byteLength) onData.call(stream, bytes.subarray(length))
  }
}

const agreed = (protocol: string): Buffer => Buffer.concat(
  [MULTISTREAM, protocol].map(name => encodeFrame(Buffer.from(`${name}\n`)).subarray())
)
