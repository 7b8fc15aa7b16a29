/**
 * Streams of use before the other end has agreed to their protocol, which saves a round trip: what
 * libp2p calls `negotiateFully: false`, go-libp2p lazy negotiation, and libp2p 3.3 leaves out here.
 * in: a muxer. out: the same; streams asked for in that way take data at once.
 *
 * In multistream-select (github.com/multiformats/multistream-select) either end says its name and
 * the protocol's, the same bytes. They go out first, and are taken off what comes back.
 */

import { type Stream, type StreamMuxer, UnsupportedProtocolError } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { encodeFrame } from './frame.ts'

interface Opening { protocol?: string, negotiateFully?: boolean }

/** What libp2p's own streams have, as far as it is of interest. */
interface ReadStream extends Stream {
  onData: (data: Uint8Array | Uint8ArrayList) => void
}

const MULTISTREAM = '/multistream/1.0.0'

export function negotiateLazily (muxer: StreamMuxer): void {
  const { createStream } = muxer
  muxer.createStream = async (options: Opening = {}) => {
    const stream = await createStream.call(muxer, options)
    if (options.protocol != null && options.negotiateFully === false) {
      propose(stream as ReadStream, options.protocol)
    }
    return stream
  }
}

function propose (stream: ReadStream, protocol: string): void {
  const expected = Buffer.concat([MULTISTREAM, protocol].map(said))
  const { onData } = stream
  let met = 0
  stream.onData = data => {
    const bytes = data.subarray()
    const length = Math.min(bytes.byteLength, expected.byteLength - met)
    if (!expected.subarray(met, met + length).equals(bytes.subarray(0, length))) {
      stream.abort(new UnsupportedProtocolError(`the other end does not speak ${protocol}`))
      return
    }
    met += length
    if (met < expected.byteLength) return
    stream.onData = onData
    onData.call(stream, bytes.subarray(length))
  }
  stream.protocol = protocol
  stream.send(expected)
}

const said = (name: string): Uint8Array => encodeFrame(Buffer.from(`${name}\n`)).subarray()
