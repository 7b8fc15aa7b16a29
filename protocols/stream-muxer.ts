/**
 * Yamux as every libp2p speaks it, with fewer messages, and streams that can be used at once.
 * in: a connection. out: its muxer.
 *
 * Whoever receives tells the sender how much more it may send. At libp2p's default it does so for
 * each frame, so that a small message goes back for every 64 KiB, which costs both ends about as
 * much as to encrypt them. Here it waits until half of the window is used, as yamux in Go does, or
 * a moment has passed: a sender finds the whole window open when it is asked for the next block.
 */

import type { Stream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import { negotiateLazily } from './lazy-negotiation.ts'

/** Higher: fewer messages; lower: a window that is used up in part is open again sooner. */
const UPDATE_DELAY_MS = 4

/** What libp2p's own streams have, as far as it is of interest. */
interface WindowedStream extends Pick<Stream, 'addEventListener'> {
  state: number
  recvWindow: number
  recvWindowCapacity: number
  sendWindowUpdate: () => void
}

/** Of the window: what little is used the sender will not miss. Higher: fewer messages. */
const UNTOLD_SHARE = 1 / 8

/** Of a stream that has been opened and acknowledged: an update carries nothing else. */
const ESTABLISHED = 3

export const streamMuxer = (init: YamuxMuxerInit = {}) =>
  (): StreamMuxerFactory => {
    const factory = yamux(init)()
    const { createStreamMuxer } = factory
    factory.createStreamMuxer = connection => {
      const muxer = createStreamMuxer.call(factory, connection)
      tellLess(muxer)
      negotiateLazily(muxer)
      return muxer
    }
    return factory
  }

function tellLess (muxer: StreamMuxer): void {
  const opening = muxer as unknown as { _newStream?: (...args: unknown[]) => WindowedStream }
  const { _newStream: newStream } = opening
  if (newStream == null) return
  opening._newStream = (...args) => {
    const stream = newStream.apply(muxer, args)
    const update = stream.sendWindowUpdate.bind(stream)
    let later: ReturnType<typeof setTimeout> | undefined
    const forget = (): void => {
      clearTimeout(later)
      later = undefined
    }
    const updateLate = (): void => {
      later = undefined
      try {
        update()
      } catch {
        // The connection is closing: nobody waits for the window.
      }
    }
    stream.sendWindowUpdate = () => {
      if (mayWait(stream)) {
        if (isMissed(stream)) {
          later ??= setTimeout(updateLate, UPDATE_DELAY_MS)
        }
      } else {
        forget()
        update()
      }
    }
    stream.addEventListener('close', forget)
    return stream
  }
}

function isMissed ({ recvWindow, recvWindowCapacity }: WindowedStream): boolean {
  return recvWindow - recvWindowCapacity > recvWindow * UNTOLD_SHARE
}

/**
 * True while there is room. Libp2p makes the window larger with each update within a few round
 * trips of the last: for requests and answers of some bytes too, if it were asked at each.
 */
function mayWait ({ state, recvWindow, recvWindowCapacity }: WindowedStream): boolean {
  return state === ESTABLISHED && recvWindowCapacity > recvWindow / 2
}
