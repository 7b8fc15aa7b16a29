/**
 * One end of a libp2p connection over an emulated network: what it sends takes its turn on the
 * host's wire, what it receives comes late, in order, and as slowly as the wire has it.
 */

import type { MultiaddrConnection } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { DelayLine } from './delay-line.ts'
import type { RateMeter } from './rate-meter.ts'

/** What libp2p's own connection has, as far as it is of interest. */
export interface ShapedEnd extends MultiaddrConnection {
  onData: (bytes: Uint8Array) => void
  onTransportClosed: (err?: Error) => void
  sendData: (data: Uint8ArrayList) => { sentBytes: number, canSendMore: boolean }
  sendPause: () => void
  sendResume: () => void
}

export interface Reception {
  /** Of so many bytes, from the other end's wire to ours. */
  delayMs: (bytes: number) => number
  download: RateMeter
  /** While it is true nothing arrives; it comes when that ends, as sent again. */
  isApart: () => boolean
  /** Calls back when {@link isApart} may have changed; what it returns ends that. */
  follow: (changed: () => void) => () => void
}

/** Over a slow wire, so that connections take turns. */
const PIECE_BYTES = 16 * 1024
/** Earlier than it should be: fewer timers. */
const AT_ONCE_MS = 4

/** One piece is on the wire at a time: the connection is told when it is through. */
export function sendShaped (connection: ShapedEnd, upload: RateMeter): void {
  const { sendData } = connection
  const send = (data: Uint8ArrayList): boolean => {
    const { sentBytes, canSendMore } = sendData.call(connection, data)
    if (sentBytes >= data.byteLength) return canSendMore
    // The socket takes all, full or not; only libp2p stops where it says that it is.
    send(data.sublist(sentBytes))
    return false
  }
  connection.sendData = data => {
    if (upload.bytesPerSecond === Infinity) return sendData.call(connection, data)
    const piece = data.sublist(0, Math.min(PIECE_BYTES, data.byteLength))
    const sentBytes = piece.byteLength
    const nowMs = performance.now()
    const waitMs = upload.pass(sentBytes, nowMs) - nowMs
    if (waitMs < AT_ONCE_MS) return { sentBytes, canSendMore: send(piece) }
    const timer = setTimeout(() => {
      connection.removeEventListener('close', forget)
      if (send(piece)) connection.dispatchEvent(new Event('drain'))
    }, waitMs)
    const forget = (): void => { clearTimeout(timer) }
    connection.addEventListener('close', forget, { once: true })
    return { sentBytes, canSendMore: false }
  }
}

export function receiveShaped (
  connection: ShapedEnd, { delayMs, download, isApart, follow }: Reception
): void {
  // In two steps: what is still on its way must not keep our wire from other connections.
  const flight = new DelayLine<Arrival>(item => {
    arrival.push(item, download.pass(item.bytes, performance.now()))
  })
  const arrival = new DelayLine<Arrival>(({ arrive }) => { arrive() })
  let lastMs = 0
  const later = (bytes: number, arrive: () => void): void => {
    lastMs = Math.max(lastMs, performance.now() + delayMs(bytes))
    flight.push({ bytes, arrive }, lastMs)
  }
  const { onData, onTransportClosed, sendPause, sendResume } = connection
  connection.onData = bytes => {
    later(bytes.byteLength, () => { onData.call(connection, bytes) })
  }
  connection.onTransportClosed = err => {
    const end = (): void => { onTransportClosed.call(connection, err) }
    // What we end ourselves ends at once.
    connection.status === 'open' ? later(0, end) : end()
  }
  connection.sendPause = () => {
    arrival.hold()
    sendPause.call(connection)
  }
  connection.sendResume = () => {
    sendResume.call(connection)
    arrival.resume()
  }
  const look = (): void => { isApart() ? flight.hold() : flight.resume() }
  const leave = follow(look)
  look()
  connection.addEventListener('close', () => {
    leave()
    flight.stop()
    arrival.stop()
  })
}

interface Arrival { bytes: number, arrive: () => void }
