/**
 * Questions to a tracker over libp2p: one stream each, on the connection there is or a new one.
 * in: a question. out: the answer.
 */

import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { MAX_TRACKER_MESSAGE_BYTES } from '../limits.ts'
import type { AskTracker } from './client.ts'
import { decodeAnswer, encodeQuestion, TRACKER_PROTOCOL } from './message.ts'

/** Such as a libp2p node. */
export interface Dialler {
  dialProtocol (
    to: Multiaddr[], protocol: string, options: { signal: AbortSignal, negotiateFully: boolean }
  ): Promise<Stream>
}

/** Room for a whole message and its length; the stream is aborted beyond. */
export const FRAME_LIMITS = {
  maxDataLength: MAX_TRACKER_MESSAGE_BYTES,
  maxBufferSize: MAX_TRACKER_MESSAGE_BYTES + 16
}

/** `addresses` are those of one peer. */
export function libp2pTransport (dialler: Dialler, addresses: Multiaddr[]): AskTracker {
  return async (question, { signal }) => {
    const stream = await dialler.dialProtocol(addresses, TRACKER_PROTOCOL, {
      signal, negotiateFully: false
    })
    try {
      const frames = lpStream(stream, FRAME_LIMITS)
      await frames.write(encodeQuestion(question), { signal })
      const answer = decodeAnswer((await frames.read({ signal })).subarray())
      await stream.close({ signal })
      return answer
    } catch (err) {
      stream.abort(err instanceof Error ? err : new Error(String(err)))
      throw err
    }
  }
}
